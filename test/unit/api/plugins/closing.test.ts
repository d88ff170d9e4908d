import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { buildApp } from '../../../../src/api/app.ts';
import type { ApiDeps } from '../../../../src/api/deps.ts';
import { newKey } from '../../../../src/api/identity/make-and-match-keys.ts';
import { useClosing } from '../../../../src/api/plugins/closing.ts';
import { useErrors } from '../../../../src/api/plugins/errors.ts';
import { useSafeHeaders } from '../../../../src/api/plugins/safe-headers.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import { goodJournal } from '../../../support/journal.ts';
import { latch } from '../../../support/latch.ts';

const { text: token, key } = newKey({ subject: 'key:alice', kind: 'key', scopes: null, expiresAt: null }, 0);

/** An API beside which there is one deployment, about which there is no news. `reading`: goes before each read of its journal. */
async function quietApi(reading: () => Promise<void> = async () => undefined) {
  const arrived: (() => void)[] = [];
  const looked = latch();
  const { plan, journal } = goodJournal();
  const deps: unknown = {
    store: {
      key: async () => {
        arrived.shift()?.();
        return key;
      },
      journal: async (_: string, after: number) => {
        await reading();
        return journal.slice(after, 7);
      },
      plan: async () => plan,
      checkSchema: async () => undefined,
      followJournal() {
        looked.open();
        return async () => undefined;
      },
    },
    now: Date.now,
    oidc: null,
    waitLimits: { perCaller: 1, inAll: 10 },
    gateway: {
      ping: async () => undefined,
      rest: async () => {
        throw new GantryError('engine-unavailable', 'No worker answers.');
      },
    },
    policy: {
      read: async () => ({
        policy: { people: [{ subject: 'key:alice', name: 'Alice', roles: [], aliases: [] }], robots: [] },
      }),
    },
  };
  const app = await buildApp(deps as ApiDeps);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const arrival = () => new Promise<void>((resolve) => arrived.push(resolve));
  return { app, url, arrival, looked: looked.closed };
}

/** Sends bytes as they are; answers all that comes back once the connection is closed. */
function raw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      said += String(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(said));
  });
}
/** As a problem, with its headers' names in small letters. */
function problemIn(said: string) {
  const [head = '', body = ''] = said.split('\r\n\r\n');
  const [line = '', ...headers] = head.split('\r\n');
  const names = headers.map((header) => header.toLowerCase());
  return { line, names, body: JSON.parse(body) as Record<string, unknown> };
}
const toBeSentAgain = {
  line: 'HTTP/1.1 503 Service Unavailable',
  names: expect.arrayContaining([
    expect.stringMatching(/^content-type: application\/problem\+json/),
    'connection: close',
    'cache-control: no-store',
    'retry-after: 1',
  ]),
  body: expect.objectContaining({ status: 503, code: 'not-ready', detail: expect.stringMatching(/again/) }),
};
const headers = { authorization: `Bearer ${token}` };
const half = `POST /v1/plans HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"service`;

it('ends in bounded time: a wait is answered with the current state, and half a request with not-ready', async () => {
  const { app, url, arrival, looked } = await quietApi();
  const halfArrived = arrival();
  const halfBody = raw(url, half);
  await halfArrived;
  const connected = Promise.all([once(app.server, 'connection'), once(app.server, 'connection')]);
  const halfHead = raw(url, 'GET /v1/deployments HTTP/1.1\r\nHost: x\r\nAuthor');
  const silent = raw(url, '');
  await connected;
  const waiting = fetch(`${url}/v1/deployments/shop.production.7?wait=60s`, { headers });
  await looked;

  const toldAt = Date.now();
  const closed = app.close();
  const answer = await waiting;
  expect(Date.now() - toldAt).toBeLessThan(2_500);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('connection')).toBe('close');
  expect(await answer.json()).toMatchObject({ seq: 7, outcome: null });
  expect(problemIn(await halfBody)).toEqual(toBeSentAgain);
  expect(problemIn(await halfHead)).toEqual(toBeSentAgain);
  expect(await silent).toBe('');
  await closed;
  expect(Date.now() - toldAt).toBeLessThan(9_000);
});

it('is not ready from the moment it begins to stop, and serves until it takes no new connections', async () => {
  const { app, url, looked } = await quietApi();
  const waiting = fetch(`${url}/v1/deployments/shop.production.7?wait=60s`, { headers });
  await looked;
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const toldAt = Date.now();
  const ended = app.drainAndClose(700).then(() => Date.now() - toldAt);
  const ready = await fetch(`${url}/readyz`);
  expect({ status: ready.status, body: await ready.json() }).toMatchObject({
    status: 503,
    body: { code: 'not-ready', detail: 'This process is about to stop.' },
  });
  const works = await fetch(`${url}/v1/deployments/shop.production.7`, { headers });
  expect({ status: works.status, connection: works.headers.get('connection') }).toEqual({
    status: 200,
    connection: 'close',
  });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(app.closing.aborted).toBe(false);
  expect((await waiting).status).toBe(200);
  expect(Date.now() - toldAt).toBeGreaterThanOrEqual(690);
  expect(await ended).toBeGreaterThanOrEqual(690);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow(/fetch failed/);
});

it('carries out complete requests while it ends, and answers those that take too long', async () => {
  const app = Fastify({ return503OnClosing: false });
  useClosing(app, { arriveMs: 300, answerMs: 600, leaveMs: 100 });
  useSafeHeaders(app);
  useErrors(app);
  const begun = latch();
  app.post('/quick', async () => ({ done: true }));
  app.get('/never', async () => {
    begun.open();
    return new Promise<never>(() => {});
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const never = raw(url, 'GET /never HTTP/1.1\r\nHost: x\r\n\r\n');
  await begun.closed;
  const connected = once(app.server, 'connection') as Promise<[Socket]>;
  let quick = '';
  const slow = connect(Number(new URL(url).port), '127.0.0.1', () => slow.write('POST /quick HTTP/1.1\r\nHost: x\r\n'));
  slow.on('data', (chunk) => {
    quick += String(chunk);
  });
  const slowEnded = once(slow, 'close');
  const [socket] = await connected;
  await once(socket, 'data');
  const closed = app.close();
  slow.write('Content-Length: 0\r\n\r\n');
  await slowEnded;
  expect(quick).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(problemIn(await never)).toEqual(toBeSentAgain);
  await closed;
});

it('keeps no place for a caller who is gone before their wait has begun', async () => {
  const read = latch();
  const asked = latch();
  const { app, url } = await quietApi(() => {
    asked.open();
    return read.closed;
  });
  const connected = once(app.server, 'connection');
  const leaving = new AbortController();
  const path = `${url}/v1/deployments/shop.production.7?wait=60s`;
  const gone = fetch(path, { headers, signal: leaving.signal }).catch(() => null);
  const [socket] = (await connected) as [Socket];
  await asked.closed;
  const noticed = once(socket, 'close');
  leaving.abort();
  await Promise.all([gone, noticed]);
  read.open();

  const waiting = await fetch(`${url}/v1/deployments/shop.production.7?wait=100ms`, { headers });
  expect(await waiting.json()).toMatchObject({ seq: 7 });
  await app.close();
});
