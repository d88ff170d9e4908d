import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { newKey } from '../../../src/api/api-keys.ts';
import { buildApp } from '../../../src/api/app.ts';
import type { ApiDeps } from '../../../src/api/deps.ts';
import { GantryError } from '../../../src/domain/errors.ts';
import { goodJournal } from '../../support/journal.ts';
import { latch } from '../../support/latch.ts';

const { text: token, key } = newKey({ subject: 'key:alice', kind: 'key', scopes: null, expiresAt: null }, 0);

/** An API beside which there is one deployment, about which there is no news. */
async function quietApi() {
  const arrived: (() => void)[] = [];
  const looked = latch();
  const { plan, journal } = goodJournal();
  const deps: unknown = {
    store: {
      key: async () => {
        arrived.shift()?.();
        return key;
      },
      journal: async (_: string, after: number) => journal.slice(after, 7),
      plan: async () => plan,
      followJournal() {
        looked.open();
        return async () => undefined;
      },
    },
    now: Date.now,
    oidc: null,
    gateway: {
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

it('ends soon after it is told to: a wait is answered as things are, and half a request is given up', async () => {
  const { app, url, arrival, looked } = await quietApi();
  const halfArrived = arrival();
  const half = connect(Number(new URL(url).port), '127.0.0.1');
  half.on('error', () => undefined);
  const halfEnded = once(half, 'close');
  half.write(
    `POST /v1/plans HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"service`,
  );
  await halfArrived;
  const headers = { authorization: `Bearer ${token}` };
  const waiting = fetch(`${url}/v1/deployments/shop.production.7?wait=60s`, { headers });
  await looked;

  const toldAt = Date.now();
  const closed = app.close();
  const answer = await waiting;
  expect(Date.now() - toldAt).toBeLessThan(5_000);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('connection')).toBe('close');
  expect(await answer.json()).toMatchObject({ seq: 7, outcome: null });
  await closed;
  await halfEnded;
  expect(Date.now() - toldAt).toBeLessThan(20_000);
});
