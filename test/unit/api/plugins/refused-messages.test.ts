import { afterEach, describe, expect, it } from 'vitest';
import { buildApp } from '../../../../src/api/app.ts';
import type { ApiDeps } from '../../../../src/api/deps.ts';
import { newKey } from '../../../../src/api/identity/make-and-match-keys.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import type { MessageArgument } from '../../../../src/domain/messages/messages.ts';
import type { CountedRefusal } from '../../../../src/domain/messages/refused.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { eventually } from '../../../support/eventually.ts';
import { testPolicy } from '../../../support/policy.ts';

const policy = policySchema.parse(testPolicy);
const keys = new Map(
  ['key:alice', 'key:bob', 'key:ci-shop', 'github:alice', 'key:mallory'].map((subject) => [
    subject,
    newKey({ subject, kind: 'key', scopes: null, expiresAt: null }, 0),
  ]),
);
let close: (() => Promise<unknown>) | null = null;
afterEach(async () => {
  await close?.();
  close = null;
});

/** An API whose deployments refuse every message with `code`, in front of a store that keeps what it is told. */
async function api(code: ConstructorParameters<typeof GantryError>[0] = 'self-approval') {
  const writes: CountedRefusal[][] = [];
  const now = { ms: Date.parse('2026-11-23T09:00:00.000Z') };
  const state = { isSilent: false, refusals: 0 };
  const refuse = async (_id: string, _name: string, { by }: MessageArgument) => {
    throw new GantryError(code, `not ${by}`);
  };
  const deps: unknown = {
    store: {
      key: async (id: string) => [...keys.values()].find(({ key }) => key.id === id)?.key ?? null,
      deployment: async () => null,
      recovery: async () => null,
      countRefusedMessages: async (counted: CountedRefusal[]) => {
        if (state.isSilent) state.refusals += 1;
        if (state.isSilent) throw new GantryError('store-unavailable', 'silent');
        writes.push(counted);
      },
    },
    gateway: { message: refuse, metByAbort: async () => null },
    signingKeys: null,
    now: () => now.ms,
    oidc: null,
    policy: { read: async () => ({ policy }) },
    catalog: { actions: new Map(), checks: new Map() },
    rateLimits: { writes: 10_000, reads: 10_000 },
  };
  const app = await buildApp(deps as ApiDeps);
  close = () => app.close();
  const send = (as: string, name: string, body: object = {}, id = 'shop.production.1') =>
    app.inject({
      method: 'POST',
      url: `/v1/deployments/${id}/${name}`,
      headers: { authorization: `Bearer ${keys.get(as)?.text}` },
      payload: body,
    });
  return { app, send, writes, now, state };
}
const approval = { planDigest: `sha256:${'a'.repeat(64)}` };

describe('a message that the API refuses', () => {
  it('leaves who tried what, with which code, how often, first and last, under one name', async () => {
    const { app, send, writes, now } = await api();
    for (let i = 0; i < 3; i += 1) {
      expect((await send(i === 1 ? 'github:alice' : 'key:bob', 'approve', approval)).statusCode).toBe(403);
      now.ms += 60_000;
    }
    await app.writeRefused();
    const last = new Map(writes.flat().map((one) => [one.counter, one]));
    expect([...last.values()]).toMatchObject([
      {
        deployment: 'shop.production.1',
        message: 'approve',
        by: 'key:bob',
        code: 'self-approval',
        detail: 'not key:bob',
        times: 2,
        firstAt: '2026-11-23T09:00:00.000Z',
        lastAt: '2026-11-23T09:02:00.000Z',
      },
      // By an alias it is the person themself, whom the policy gives no role that approves.
      { by: 'key:alice', times: 1 },
    ]);
  });

  it('leaves a trace wherever it is refused: by the role, by its form, as a robot', async () => {
    const { app, send, writes } = await api();
    expect((await send('key:ci-shop', 'approve', approval)).json()).toMatchObject({ code: 'forbidden' });
    expect((await send('key:bob', 'approve', { planDigest: 1 })).json()).toMatchObject({ code: 'malformed' });
    await app.writeRefused();
    const seen = writes.flat().map(({ by, code, message }) => [by, code, message]);
    expect(new Set(seen.map(String))).toEqual(new Set(['key:ci-shop,forbidden,approve', 'key:bob,malformed,approve']));
  });

  it.each(['not-found', 'engine-unavailable'] as const)('leaves none with %s', async (code) => {
    const { app, send, writes } = await api(code);
    await send('key:bob', 'note', { severity: 'minor', statement: 'x' });
    await app.writeRefused();
    expect(writes).toEqual([]);
  });

  it('is not recorded for an unknown subject, nor for an invalid id', async () => {
    const { app, send, writes } = await api();
    await send('key:mallory', 'approve', approval);
    await send('key:bob', 'approve', approval, '%00.production.1');
    await app.writeRefused();
    expect(writes).toEqual([]);
  });

  it('is written in one row and few statements, however many there are', async () => {
    const { app, send, writes } = await api();
    for (let i = 0; i < 500; i += 1) await send('key:bob', 'approve', approval);
    await app.writeRefused();
    expect(writes.length).toBeLessThan(20);
    expect(new Set(writes.flat().map(({ counter }) => counter)).size).toBe(1);
    expect(writes.at(-1)).toMatchObject([{ times: 500 }]);
  });

  it('is answered while the store does not answer, and written once it does', async () => {
    const { send, writes, state } = await api();
    state.isSilent = true;
    for (let i = 0; i < 2; i += 1) expect((await send('key:bob', 'approve', approval)).statusCode).toBe(403);
    await eventually(
      async () => state.refusals,
      (refusals) => refusals > 1,
    );
    state.isSilent = false;
    await eventually(
      async () => writes,
      (all) => all.length > 0,
    );
    expect(writes).toMatchObject([[{ times: 2 }]]);
  });

  it('is written before the API stops', async () => {
    const { app, send, writes } = await api();
    await send('key:bob', 'approve', approval);
    await app.close();
    expect(writes.at(-1)).toMatchObject([{ times: 1 }]);
  });
});
