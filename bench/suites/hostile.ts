import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { hostileEvidence, hostileRequests } from '../../test/support/hostile-bodies.ts';
import type { Suite } from '../bench.ts';

const budgetMs = 250;
const askEveryMs = 5;

/** What requests that ask for as much work as they can do to everybody else: how long `/healthz` takes beside them. */
export const hostile: Suite = {
  name: 'hostile',
  async run(bench) {
    const { url, tokens } = bench.there;
    const send = (path: string, body: string) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        body,
        headers: {
          authorization: `Bearer ${tokens.get('key:alice') ?? ''}`,
          'content-type': 'application/json',
          'idempotency-key': randomUUID(),
        },
      }).then((answer) => answer.arrayBuffer());
    const beside = async (work: () => Promise<unknown>) => {
      const sending = { isOver: false };
      const sent = work().finally(() => {
        sending.isOver = true;
      });
      let slowest = 0;
      do {
        const began = performance.now();
        await (await fetch(`${url}/healthz`)).arrayBuffer();
        slowest = Math.max(slowest, performance.now() - began);
        await delay(askEveryMs);
      } while (!sending.isOver);
      await sent;
      return slowest;
    };
    bench.say('the slowest /healthz beside one request');
    for (const [path, bodies] of [
      ['/v1/deployments', hostileRequests],
      ['/v1/plans', hostileRequests],
      ['/v1/evidence', hostileEvidence],
    ] as const) {
      const each: { readonly what: string; readonly ms: number }[] = [];
      for (const [what, body] of bodies) each.push({ what, ms: await beside(() => send(path, body)) });
      const worst = each.toSorted((a, b) => b.ms - a.ms)[0];
      bench.show({
        name: `  ${path}, worst: ${worst?.what ?? ''}`,
        unit: 'ms',
        values: each.map(({ ms }) => ms),
        budget: budgetMs,
      });
    }
  },
};
