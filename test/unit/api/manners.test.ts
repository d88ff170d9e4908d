import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../../src/api/app.ts';
import type { ApiDeps } from '../../../src/api/deps.ts';
import { newKey } from '../../../src/api/identity/make-and-match-keys.ts';
import { GantryError } from '../../../src/domain/base/errors.ts';
import { writeCursor } from '../../../src/store/pages.ts';
import { goodJournal } from '../../support/journal.ts';
import { freezeOf } from '../store/rows.ts';

const { text: token, key } = newKey({ subject: 'key:alice', kind: 'key', scopes: null, expiresAt: null }, 0);
const { plan, journal } = goodJournal();
const asked: unknown[] = [];
/** What the store says next of its schema. */
const refusals: GantryError[] = [];
/** What is said of the disk. */
let full: string | null = null;
const deps: unknown = {
  store: {
    key: async (id: string) => (id === key.id ? key : null),
    recovery: async () => null,
    journal: async (_: string, after: number) => journal.slice(after),
    plan: async () => plan,
    followJournal: () => async () => undefined,
    record: async () => ({ state: 'final', lastSeq: journal.length, markdown: '# Record\n', document: '{"a":1}' }),
    checkSchema: async () => {
      const refusal = refusals.shift();
      if (refusal) throw refusal;
    },
    deployments: async (filter: unknown) => {
      asked.push(filter);
      return { items: [], next: null };
    },
    freeze: async (id: string) => (id === 'f1' ? freezeOf('f1', { kind: 'everything' }) : null),
  },
  now: Date.now,
  roomFault: async () => full,
  oidc: null,
  gateway: { ping: async () => undefined },
  policy: {
    read: async () => ({
      policy: { people: [{ subject: 'key:alice', name: 'Alice', roles: [], aliases: [] }], robots: [] },
    }),
  },
};
let app: Awaited<ReturnType<typeof buildApp>>;
beforeAll(async () => {
  app = await buildApp(deps as ApiDeps);
});
afterAll(() => app.close());

const ask = (method: string, url: string, headers: Record<string, string> = {}) =>
  app.inject({ method: method as 'GET', url, headers: { authorization: `Bearer ${token}`, ...headers } });

describe('a request without what it needs', () => {
  it('gets an error with what is missing', async () => {
    const answer = await ask('POST', '/v1/deployments/shop.production.1/note');
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'malformed', detail: '/statement: is missing: write a string' });
  });

  it.each([
    ['gtk_1234', /^This is no whole key/],
    [`gtk_${'0'.repeat(16)}_${'a'.repeat(43)}`, /^This service knows no such key/],
    [`${token.slice(0, -2)}${token.endsWith('aa') ? 'bb' : 'aa'}`, /^This service knows no such key/],
  ])('the key %s is told what it is not', async (wrong, detail) => {
    const answer = await ask('GET', '/v1/deployments', { authorization: `Bearer ${wrong}` });
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toMatchObject({ code: 'unauthenticated', detail: expect.stringMatching(detail) });
  });
});

it.each(['true', 'false'])(
  'a message with an Idempotency-Key that is none is refused, sent or not: send=%s',
  async (send) => {
    const answer = await app.inject({
      method: 'POST',
      url: `/v1/deployments/shop.production.1/note?send=${send}`,
      headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'two words' },
      payload: { severity: 'minor', statement: 'x' },
    });
    expect(answer.json()).toMatchObject({
      status: 400,
      code: 'malformed',
      detail: expect.stringContaining('visible ASCII'),
    });
  },
);

it.each([
  ['1ms', 200],
  ['59999ms', 200],
  ['60000ms', 200],
  ['60s', 200],
  ['1m', 200],
  ['0s', 400],
  ['60001ms', 400],
  ['61s', 400],
  ['2m', 400],
  ['1.5s', 400],
  ['', 400],
])('waits for a status at most a minute: %s', async (wait, status) => {
  const answer = await ask('GET', `/v1/deployments/shop.production.7?wait=${wait}`);
  expect(answer.statusCode).toBe(status);
});

describe('every answer', () => {
  it.each([
    ['GET', '/', 302],
    ['GET', '/healthz', 200],
    ['GET', '/readyz', 200],
    ['GET', '/v1/deployments', 200],
    ['GET', '/v1/nothing', 404],
    ['GET', '/docs/', 200],
    ['GET', '/docs/static/swagger-ui.css', 200],
    ['GET', '/openapi.json', 200],
    ['GET', '/%zz', 400],
    ['PUT', '/v1/deployments', 405],
    ['OPTIONS', '/v1/deployments', 204],
  ])('is kept by nobody, and is nothing but what it says: %s %s', async (method, url, status) => {
    const { statusCode, headers } = await ask(method, url);
    expect({ statusCode, cache: headers['cache-control'], sniff: headers['x-content-type-options'] }).toEqual({
      statusCode: status,
      cache: 'no-store',
      sniff: 'nosniff',
    });
    // No page of somebody else's shows it, and nothing runs in it that is not from here.
    expect(headers['x-frame-options']).toBe('DENY');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy.includes("script-src 'self'")).toBe(url.startsWith('/docs'));
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
  });
});

it('is not ready on a store with a newer schema, and answers with that code', async () => {
  refusals.push(new GantryError('schema-too-new', 'The store has 9001-contracts.'));
  expect((await ask('GET', '/readyz')).json()).toMatchObject({ status: 503, code: 'schema-too-new' });
  refusals.push(new GantryError('store-unavailable', 'Silence.'));
  expect((await ask('GET', '/readyz')).json()).toMatchObject({
    code: 'not-ready',
    detail: 'No answer from the store.',
  });
  expect((await ask('GET', '/readyz')).statusCode).toBe(200);
});

describe('a method', () => {
  it.each(['/healthz', '/v1/deployments', '/openapi.json', '/v1/freezes/f1'])(
    'HEAD of %s answers as GET does, without a body',
    async (url) => {
      const [got, told] = [await ask('GET', url), await ask('HEAD', url)];
      expect(told.statusCode).toBe(200);
      expect(told.body).toBe('');
      for (const name of ['content-type', 'content-length']) expect(told.headers[name]).toBe(got.headers[name]);
    },
  );

  it.each([
    ['/v1/deployments', 'GET, HEAD, OPTIONS, POST'],
    ['/v1/freezes/f1', 'DELETE, GET, HEAD, OPTIONS'],
    ['/v1/deployments/shop.production.7/abort', 'OPTIONS, POST'],
    ['/healthz', 'GET, HEAD, OPTIONS'],
  ])('that %s does not take is answered 405, with those that it takes', async (url, allow) => {
    for (const method of ['PUT', 'PATCH', 'TRACE']) {
      // Before a body is looked at that would be refused, too.
      const answer = await ask(method, url, { 'content-type': 'text/plain', 'content-length': '0' });
      expect({ status: answer.statusCode, allow: answer.headers['allow'], ...answer.json() }).toMatchObject({
        status: 405,
        allow,
        code: 'method-not-allowed',
        detail: expect.stringContaining(allow),
      });
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    }
    const told = await ask('OPTIONS', url);
    expect({ status: told.statusCode, allow: told.headers['allow'], body: told.body }).toEqual({
      status: 204,
      allow,
      body: '',
    });
  });

  it('reveals nothing to a stranger except on public paths', async () => {
    for (const method of ['OPTIONS', 'PUT', 'HEAD']) {
      expect((await app.inject({ method: method as 'PUT', url: '/v1/freezes' })).statusCode).toBe(401);
      expect((await app.inject({ method: method as 'PUT', url: '/v1/nothing' })).statusCode).toBe(401);
    }
    expect((await app.inject({ method: 'OPTIONS', url: '/readyz' })).statusCode).toBe(204);
    expect((await app.inject({ method: 'POST', url: '/readyz' })).statusCode).toBe(405);
  });
});

describe('a record', () => {
  const url = '/v1/deployments/shop.production.7/record';
  it.each([
    [undefined, 'application/json'],
    ['text/markdown', 'text/markdown; charset=utf-8'],
    ['text/markdown;q=0.1, application/json', 'application/json'],
  ])('for Accept %j is %s, and says that it depends on that', async (accept, type) => {
    const { statusCode, headers } = await ask('GET', url, accept === undefined ? {} : { accept });
    expect({ statusCode, type: headers['content-type'], vary: headers['vary'] }).toEqual({
      statusCode: 200,
      type,
      vary: 'Accept',
    });
  });

  it('is in no other form', async () => {
    const answer = await ask('GET', url, { accept: 'text/html' });
    expect(answer.statusCode).toBe(406);
    expect(answer.headers['vary']).toBe('Accept');
    expect(answer.json()).toMatchObject({ code: 'not-acceptable', detail: expect.stringContaining('text/markdown') });
  });
});

describe('a list', () => {
  it('takes every cursor that it may have returned, also for names of maximal length', async () => {
    const cursor = writeCursor([
      '2026-11-23T09:00:00.000Z',
      2_147_483_647,
      `${'a'.repeat(63)}.${'b'.repeat(63)}.2147483647`,
    ]);
    expect((await ask('GET', `/v1/deployments?cursor=${cursor}`)).statusCode).toBe(200);
    expect(asked.at(-1)).toMatchObject({ cursor });
  });
});

it('a freeze is read by its id', async () => {
  const found = await ask('GET', '/v1/freezes/f1');
  expect({ status: found.statusCode, body: found.json() }).toMatchObject({
    status: 200,
    body: { id: 'f1', state: 'active' },
  });
  const missing = await ask('GET', '/v1/freezes/f2');
  expect(missing.json()).toMatchObject({ status: 404, code: 'not-found', pointer: '/id' });
});

describe('a request', () => {
  /** What comes back for bytes as they are. */
  const raw = async (sent: string) => {
    const address = app.server.address();
    const { port } = typeof address === 'object' && address ? address : await listening();
    const socket = connect(port, '127.0.0.1');
    socket.end(sent);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    return { status: Number(head.split(' ')[1]), head: head.toLowerCase(), body };
  };
  const listening = async () => {
    await app.listen({ host: '127.0.0.1', port: 0 });
    return app.server.address() as AddressInfo;
  };

  it.each(['/healthz', '/v1/deployments'])('without Host gets a problem, as any other: %s', async (path) => {
    const { status, head, body } = await raw(`GET ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`);
    expect(status).toBe(400);
    expect(head).toContain('content-type: application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ code: 'malformed', detail: 'A request has a Host header.' });
    expect((await raw(`GET ${path} HTTP/1.0\r\n\r\n`)).status).not.toBe(400);
  });

  it('ends after 30 s whether its headers or its body are slow', () => {
    const { requestTimeout, headersTimeout } = app.server;
    // Node takes the longer one for the whole of it.
    expect(Math.max(requestTimeout, headersTimeout)).toBe(30_000);
  });
});

it('on a full disk it is not ready, and nothing new begins; what stops something is carried out', async () => {
  full = 'The disk of /data is full.';
  try {
    const ready = await ask('GET', '/readyz');
    expect({ status: ready.statusCode, ...ready.json<object>() }).toMatchObject({
      status: 503,
      code: 'disk-full',
      detail: full,
    });
    const refused = await ask('POST', '/v1/deployments');
    expect(refused.json()).toMatchObject({ status: 503, code: 'disk-full' });
    expect(refused.headers['retry-after']).toBe('1');
    for (const [method, url] of [
      ['POST', '/v1/deployments/shop.production.1/abort'],
      ['GET', '/v1/deployments'],
      ['GET', '/healthz'],
    ] as const)
      expect((await ask(method, url)).payload).not.toContain('disk-full');
  } finally {
    full = null;
  }
  expect((await ask('GET', '/readyz')).statusCode).toBe(200);
});
