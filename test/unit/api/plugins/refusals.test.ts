import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { buildApp } from '../../../../src/api/app.ts';
import type { ApiDeps } from '../../../../src/api/deps.ts';
import { newKey } from '../../../../src/api/identity/make-and-match-keys.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { eventually } from '../../../support/eventually.ts';
import { latch } from '../../../support/latch.ts';
import { testPolicy } from '../../../support/policy.ts';

const policy = policySchema.parse(testPolicy);
const keyOf = (subject: string) => newKey({ subject, kind: 'key', scopes: null, expiresAt: null }, 0);
const [alice, mallory] = [keyOf('key:alice'), keyOf('key:mallory')];

/** An API that knows Alice and lets her freeze nothing; what it logs is kept, and its store answers as told. */
async function api({
  trustedProxies,
  answer = async () => undefined,
}: {
  trustedProxies?: string[];
  answer?: () => Promise<void>;
}) {
  const logged: Record<string, unknown>[] = [];
  const now = { ms: 1_000 };
  const isAsked = { unknown: 0 };
  const deps: unknown = {
    store: {
      async key(id: string) {
        const known = [alice, mallory].find(({ key }) => key.id === id)?.key ?? null;
        if (known) return known;
        isAsked.unknown += 1;
        await answer();
        return null;
      },
      deployments: async () => ({ items: [], next: null }),
    },
    now: () => now.ms,
    oidc: null,
    gateway: {},
    policy: { read: async () => ({ policy }) },
    trustedProxies,
    logger: pino({ level: 'warn' }, { write: (line) => void logged.push(JSON.parse(line)) }) as FastifyBaseLogger,
  };
  const app = await buildApp(deps as ApiDeps);
  const ask = (text: string | null, how: object = {}) =>
    app.inject({
      method: 'GET',
      url: '/v1/deployments?release=a-query',
      ...how,
      headers: {
        ...(text === null ? {} : { authorization: `Bearer ${text}` }),
        ...('headers' in how ? (how.headers as object) : {}),
      },
    });
  return { app, ask, logged, now, isAsked };
}

it('a refused caller is logged and counted: who, from where, which route, and never the token', async () => {
  const { app, ask, logged } = await api({});
  const unknown = keyOf('key:alice').text;
  expect((await ask(null)).statusCode).toBe(401);
  expect((await ask(unknown)).statusCode).toBe(401);
  expect((await ask(mallory.text)).statusCode).toBe(403);
  expect(
    (await ask(alice.text, { method: 'DELETE', url: '/v1/freezes/secret-place', body: { reason: 'x' } })).statusCode,
  ).toBe(403);
  expect((await ask(alice.text)).statusCode).toBe(200);
  const common = { level: 40, address: '127.0.0.1', scheme: 'http' };
  expect(logged).toMatchObject([
    { ...common, status: 401, code: 'unauthenticated', method: 'GET', route: '/v1/deployments', count: 1 },
    { ...common, status: 401, code: 'unauthenticated', count: 2 },
    { ...common, status: 403, code: 'forbidden', count: 1, msg: 'The policy knows no key:mallory.' },
    { ...common, status: 403, code: 'forbidden', method: 'DELETE', route: '/v1/freezes/:id', count: 2 },
  ]);
  expect(Object.fromEntries(app.refusals)).toEqual({ unauthenticated: 2, forbidden: 2 });
  for (const text of [unknown, unknown.slice(-43), mallory.text.slice(-43), 'a-query', 'secret-place'])
    expect(JSON.stringify(logged)).not.toContain(text);
  await app.close();
});

it('does not fill the log while keys are guessed, and counts all of them', async () => {
  const { app, ask, logged, now } = await api({});
  for (let i = 0; i < 100; i += 1) await ask(`gtk_${i}`);
  expect(logged).toHaveLength(20);
  now.ms += 10_000;
  await ask('gtk_x');
  expect(logged.at(-1)).toMatchObject({ count: 101 });
  await app.close();
});

it.each<readonly [string, string[] | undefined, string, Record<string, string>, { address: string; scheme: string }]>([
  [
    'nobody',
    undefined,
    '10.0.0.7',
    { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' },
    { address: '10.0.0.7', scheme: 'http' },
  ],
  [
    'another',
    ['10.0.0.8'],
    '10.0.0.7',
    { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' },
    { address: '10.0.0.7', scheme: 'http' },
  ],
  [
    'this one',
    ['10.0.0.7'],
    '10.0.0.7',
    { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' },
    { address: '203.0.113.9', scheme: 'https' },
  ],
  // What stands before the last address that a proxy of ours has seen, the caller may have written.
  [
    'its network',
    ['10.0.0.0/24'],
    '10.0.0.7',
    { 'x-forwarded-for': '127.0.0.1, 203.0.113.9, 10.0.0.8' },
    { address: '203.0.113.9', scheme: 'http' },
  ],
  [
    'loopback',
    ['loopback'],
    '127.0.0.1',
    { 'x-forwarded-for': '203.0.113.9' },
    { address: '203.0.113.9', scheme: 'http' },
  ],
])(
  'believes of the caller what the proxies say that are trusted: %s',
  async (_who, trustedProxies, remoteAddress, headers, seen) => {
    const { app, ask, logged } = await api(trustedProxies ? { trustedProxies } : {});
    await ask(null, { remoteAddress, headers });
    expect(logged).toMatchObject([seen]);
    await app.close();
  },
);

it('asks for unknown keys a few at a time, so that a flood of them leaves connections for an abort', async () => {
  const held = latch();
  const { app, ask, isAsked } = await api({ answer: () => held.closed });
  expect((await ask(alice.text)).statusCode).toBe(200);
  const flood = Array.from({ length: 300 }, () => ask(keyOf('key:x').text));
  // As many as find no place to wait are told at once.
  const first = await Promise.race(flood);
  expect(first.json()).toMatchObject({ status: 429, code: 'too-many-waiting' });
  expect((await ask(alice.text)).statusCode).toBe(200);
  expect(isAsked.unknown).toBe(2);
  held.open();
  const codes = (await Promise.all(flood)).map(({ statusCode }) => statusCode);
  expect([codes.filter((code) => code === 401).length, codes.filter((code) => code === 429).length]).toEqual([202, 98]);
  await app.close();
});

it('asks once more for all who come with the same unknown key while it is asked for', async () => {
  const held = latch();
  const { app, ask, isAsked } = await api({ answer: () => held.closed });
  const { text } = keyOf('key:x');
  const first = ask(text);
  await eventually(
    async () => isAsked.unknown,
    (times) => times === 1,
  );
  const others = Array.from({ length: 50 }, () => ask(text));
  await new Promise((resolve) => setImmediate(resolve));
  held.open();
  const codes = (await Promise.all([first, ...others])).map(({ statusCode }) => statusCode);
  expect(new Set(codes)).toEqual(new Set([401]));
  expect(isAsked.unknown).toBeLessThanOrEqual(5);
  await app.close();
});
