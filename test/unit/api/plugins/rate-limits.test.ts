import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../../../src/api/app.ts';
import type { ApiDeps } from '../../../../src/api/deps.ts';
import { newKey } from '../../../../src/api/identity/make-and-match-keys.ts';

const keys = new Map(
  ['key:alice', 'key:bob'].map((subject) => {
    const { text, key } = newKey({ subject, kind: 'key', scopes: null, expiresAt: null }, 0);
    return [subject, { text, key }];
  }),
);
const stored = new Map([...keys.values()].map(({ key }) => [key.id, key]));
const deps: unknown = {
  store: { key: async (id: string) => stored.get(id) ?? null, recovery: async () => null },
  now: Date.now,
  oidc: null,
  gateway: { ping: async () => undefined },
  rateLimits: { reads: 5, writes: 3 },
  policy: {
    read: async () => ({
      policy: {
        people: [...keys.keys()].map((subject) => ({ subject, name: subject, roles: [], aliases: [] })),
        robots: [],
        environments: {},
      },
    }),
  },
};
let app: Awaited<ReturnType<typeof buildApp>>;
beforeAll(async () => {
  app = await buildApp(deps as ApiDeps, (more) => {
    const config = { access: { kind: 'read' } } as const;
    more.get('/read', { config }, async () => ({}));
    more.post('/write', { config }, async () => ({}));
    more.post('/stop', { config: { ...config, isReserved: true } }, async () => ({}));
  });
});
afterAll(() => app.close());

const ask = async (subject: string, method: 'GET' | 'POST', url: string) => {
  const headers = { authorization: `Bearer ${keys.get(subject)?.text ?? ''}` };
  const answer = await app.inject({ method, url, headers });
  const { code } = answer.json<{ readonly code?: string }>();
  return { status: answer.statusCode, code, after: Number(answer.headers['retry-after'] ?? 0) };
};
const statuses = async (times: number, ...asked: Parameters<typeof ask>) => {
  const all: number[] = [];
  for (let i = 0; i < times; i += 1) all.push((await ask(...asked)).status);
  return all;
};

describe('a caller who asks too much', () => {
  it('is refused with the time to retry after, separately for writes and reads', async () => {
    expect(await statuses(4, 'key:alice', 'POST', '/write')).toEqual([200, 200, 200, 429]);
    expect(await statuses(6, 'key:alice', 'GET', '/read')).toEqual([200, 200, 200, 200, 200, 429]);
    const refused = await ask('key:alice', 'POST', '/write');
    expect(refused).toMatchObject({ status: 429, code: 'too-many-requests' });
    expect(refused.after).toBeGreaterThan(0);
    expect(refused.after).toBeLessThanOrEqual(60);
  });

  it('can still abort, however often, and does not affect other callers', async () => {
    expect(await statuses(10, 'key:alice', 'POST', '/stop')).toEqual(Array(10).fill(200));
    expect(await statuses(1, 'key:bob', 'POST', '/write')).toEqual([200]);
    for (let i = 0; i < 20; i += 1) expect((await app.inject({ url: '/healthz' })).statusCode).toBe(200);
  });
});

it('aborts and resolves have a lane of their own, and nothing else has', () => {
  const reserved = app.declaredRoutes.flatMap(({ url, config }) => (config?.isReserved === true ? [url] : []));
  expect([...new Set(reserved)].sort()).toEqual([
    '/stop',
    '/v1/deployments/:id/abort',
    '/v1/targets/:service/:environment/resolve',
  ]);
});
