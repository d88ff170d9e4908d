import { expect, it, vi } from 'vitest';
import { vouchedForTarget } from '../../../../src/api/trust/vouch.ts';
import { giveWarrant, giveWarrantIfAccepted } from '../../../../src/api/trust/warrant.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import type { Warrant } from '../../../../src/domain/messages/warrant.ts';
import type { Seals } from '../../../../src/domain/trust/seal.ts';

const target = { service: 'shop', environment: 'production' };
const by = { subject: 'key:carol', name: 'Carol Lind' };
const signed: string[] = [];
const deps = {
  signingKeys: {
    publicKeys: [],
    seal: (text: string) => ({ key: '', signature: text }),
    vouch: (text: string) => {
      signed.push(text);
      return [];
    },
  },
  now: () => 0,
};

it.each([
  'bank.production.3',
  'shop.staging.3',
  'shop.production',
  'shop.production.3.4',
  'shop.production.0',
  'shop/production',
  ' shop.production.3',
  '',
])('signs nothing about %j for an operator of shop in production', async (deployment) => {
  signed.length = 0;
  const resolution = { deployment, decision: 'compensate', live: null, reason: 'x', by } as const;
  const refused = { code: 'other-target', pointer: '/deployment' };
  const attempts = [
    () => vouchedForTarget(deps, target, 'resolve', resolution),
    () => vouchedForTarget(deps, target, 'review', { deployment, findings: 'x', by }),
  ];
  for (const attempt of attempts) expect(attempt).toThrow(expect.objectContaining(refused));
  // Whoever answers in the name of the target could name any run.
  await expect(giveWarrant(deps as never, target, deployment, null)).rejects.toMatchObject(refused);
  expect(signed).toEqual([]);
});

it('signs an operator’s message for their own target', () => {
  signed.length = 0;
  vouchedForTarget(deps, target, 'review', { deployment: 'shop.production.3', findings: 'x', by });
  expect(signed.map((text) => (JSON.parse(text) as { deployment: string }).deployment)).toEqual(['shop.production.3']);
});

it('gives the warrant to a run that starts late, after its request was answered', async () => {
  let isStarted = false;
  const given: string[] = [];
  const gateway = {
    startedRun: async () => {
      if (!isStarted) return null;
      if (given.length === 0 && given.push('away')) throw new GantryError('engine-unavailable', 'away');
      return 'the run';
    },
    warrant: async (deployment: string, { runId }: Warrant) => void given.push(`${deployment} ${runId}`),
  };
  const seals = { planDigest: 'sha256:a' } as Seals;
  const giving = giveWarrant({ ...deps, gateway } as never, target, 'shop.production.3', seals, 50);
  await expect(giving).rejects.toMatchObject({ code: 'engine-unavailable' });
  isStarted = true;
  await vi.waitUntil(() => given.length > 1, { timeout: 4_000 });
  expect(given).toEqual(['away', 'shop.production.3 the run']);
});

it.each([
  ['the plan that was asked for', 'sha256:a', ['shop.production.3 the run']],
  ['another plan', 'sha256:b', []],
])('gives its word for a request whose answer did not come, where the target has accepted %s', async (_, has, told) => {
  const given: string[] = [];
  const answers = [new GantryError('engine-unavailable', 'away'), null, { id: 'shop.production.3' }];
  const gateway = {
    requested: async () => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    },
    whole: async (id: string) => ({ id, planDigest: has }),
    startedRun: async () => 'the run',
    warrant: async (deployment: string, { runId }: Warrant) => void given.push(`${deployment} ${runId}`),
  };
  const key = { key: 'k', bodyDigest: 'd' };
  await giveWarrantIfAccepted({ ...deps, gateway } as never, target, key, { planDigest: 'sha256:a' } as Seals);
  expect(answers).toEqual([]);
  expect(given).toEqual(told);
});
