import { expect, it } from 'vitest';
import { type Asked, digestsOf, once, patientFor } from '../../../../src/api/requests/idempotency-key.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import type { Claim, RememberedAnswer } from '../../../../src/store/values.ts';

const never = () => new Promise<never>(() => undefined);
const asked: Asked = { subject: 'key:alice', key: 'k', digests: digestsOf('/v1/freezes', {}, { reason: 'x' }) };
const answered: RememberedAnswer = { kind: 'given', status: 200, location: null, body: {} };

/** A store of one claim; answers what was done to it. */
function storeOf(more: Partial<Parameters<typeof once>[0]> = {}, isFirst = true) {
  const done: string[] = [];
  const held = { subject: 'key:alice', key: 'k', holder: 'h' };
  const claim: Claim = { kind: 'claimed', held, isFirst, operation: 'o', bodyDigest: 'b' };
  const store: Parameters<typeof once>[0] = {
    claim: async () => claim,
    complete: async () => void done.push('complete'),
    giveBack: async () => void done.push('giveBack'),
    release: async () => void done.push('release'),
    ...more,
  };
  return { store, done };
}
const fails =
  (code: ConstructorParameters<typeof GantryError>[0], hasBegun: boolean) => async (attempt: { begins(): void }) => {
    if (hasBegun) attempt.begins();
    throw new GantryError(code, code);
  };
const unasked = async () => {
  throw new Error('asked again');
};

it('answers what was done also where the store does not take that any more', async () => {
  const { store } = storeOf({ complete: () => Promise.reject(new GantryError('store-unavailable', 'gone')) });
  expect(await once(store, asked, async () => ({ answer: () => 'done', remembered: answered }), unasked)).toBe('done');
});

it('keeps the key with its body as soon as something may have come of it, and only then', async () => {
  const cases = [
    [true, 'engine-unavailable', false, 'release'],
    [true, 'engine-unavailable', true, 'giveBack'],
    [true, 'target-busy', true, 'release'],
    [false, 'target-busy', true, 'giveBack'],
    [false, 'malformed', false, 'giveBack'],
  ] as const;
  for (const [isFirst, code, hasBegun, what] of cases) {
    const { store, done } = storeOf({}, isFirst);
    await expect(once(store, asked, fails(code, hasBegun), unasked)).rejects.toMatchObject({ code });
    expect({ isFirst, code, hasBegun, done }).toEqual({ isFirst, code, hasBegun, done: [what] });
  }
});

it('goes on without a store that does not answer, and gives back a late claim', async () => {
  let claimLate: (claim: Claim) => void = () => undefined;
  const claiming = new Promise<Claim>((resolve) => {
    claimLate = resolve;
  });
  const back: string[] = [];
  const silent = {
    claim: () => claiming,
    complete: never,
    giveBack: async ({ holder }: { holder: string }) => void back.push(holder),
    release: never,
  };
  const work = async () => ({ answer: () => 'paused', remembered: answered });
  expect(await once(patientFor(silent, 5), asked, work, unasked)).toBe('paused');
  const held = { subject: 'key:alice', key: 'k', holder: 'late' };
  claimLate({ kind: 'claimed', held, isFirst: true, operation: 'o', bodyDigest: 'b' });
  await expect.poll(() => back).toEqual(['late']);
});

it('goes on without a store that refuses, and never against what it remembers', async () => {
  const refusing = storeOf({ claim: () => Promise.reject(new GantryError('store-unavailable', 'gone')) });
  const work = async () => ({ answer: () => 'paused', remembered: answered });
  expect(await once(patientFor(refusing.store, 1_000), asked, work, unasked)).toBe('paused');
  const other = storeOf({ claim: async () => ({ kind: 'other-body' }) });
  await expect(once(patientFor(other.store, 1_000), asked, work, unasked)).rejects.toMatchObject({
    code: 'idempotency-key-reused',
  });
  const known = storeOf({ claim: async () => ({ kind: 'completed', answer: answered }) });
  expect(await once(patientFor(known.store, 1_000), asked, work, async ({ kind }) => `again ${kind}`)).toBe(
    'again given',
  );
});

it('distinguishes routes and paths, and not the order of keys', () => {
  const of = (route: string, params: object, body: unknown) => digestsOf(route, params, body).sent;
  const path = '/v1/deployments/:id/note';
  const one = of(path, { id: 'shop.production.1' }, { severity: 'minor', statement: 'x' });
  expect(of(path, { id: 'shop.production.1' }, { statement: 'x', severity: 'minor' })).toBe(one);
  expect(of(path, { id: 'shop.production.2' }, { severity: 'minor', statement: 'x' })).not.toBe(one);
  expect(of('/v1/deployments/:id/pause', { id: 'shop.production.1' }, { severity: 'minor', statement: 'x' })).not.toBe(
    one,
  );
  expect(of(path, {}, undefined)).toBe(of(path, {}, {}));
});
