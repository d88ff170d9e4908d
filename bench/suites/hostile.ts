import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ApiClient } from '../../test/support/api-client.ts';
import { hostileEvidence, hostileMessages, hostileReads, hostileRequests } from '../../test/support/hostile-bodies.ts';
import type { Bench, Suite } from '../bench.ts';
import type { Seen } from '../bystander.ts';
import { startDev } from '../dev.ts';

const healthzMs = 250;
/** Probes a second of the monitor that runs beside it. */
const rate = 20;
/** A probe that comes as late as the next one should is one that was left out. */
const gapMs = 2 * (1_000 / rate);
/** Each is watched for so long, so that the monitor has samples due. */
const besideMs = 300;
const quietMs = 15_000;
const script = fileURLToPath(new URL('../bystander.ts', import.meta.url));

/** What requests that ask for as much work as they can do to everybody else, in the worst case of all. */
export const hostile: Suite = {
  name: 'hostile',
  async run(bench) {
    bench.say('an API and a worker, each a process of its own');
    await measure(bench, bench.there);
    bench.say('gantry dev, one process for all');
    const dev = await startDev();
    try {
      await measure(bench, dev);
    } finally {
      await dev.stop();
    }
  },
};

type Asked = readonly [what: string, path: string, body: string | null];

async function measure(
  bench: Bench,
  there: ApiClient & { readonly tokens: ReadonlyMap<string, string> },
): Promise<void> {
  const bystander = await standBeside(there.url);
  try {
    const id = await monitored(there, bystander.via);
    await bystander.seen();
    await delay(quietMs);
    const quiet = await bystander.seen();
    const show = (name: string, values: readonly number[], budget: number) =>
      bench.show({ name: `  ${name}`, unit: 'ms', values, budget, isOfMost: true });
    show('slowest /healthz, nothing beside it', [quiet.slowest], healthzMs);
    show(`longest gap of a monitor that probes each ${1_000 / rate} ms, the same`, [quiet.gap], gapMs);
    const send = ([, path, body]: Asked, as: string) =>
      fetch(`${there.url}${path}`, {
        headers: {
          authorization: `Bearer ${there.tokens.get(as) ?? ''}`,
          ...(body === null ? {} : { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
        },
        ...(body === null ? {} : { method: 'POST', body }),
      }).then((answer) => answer.arrayBuffer());
    const routes: readonly (readonly [string, string, readonly Asked[]])[] = [
      ['/v1/deployments', 'key:alice', [...hostileRequests].map(([what, body]) => [what, '/v1/deployments', body])],
      ['/v1/plans', 'key:alice', [...hostileRequests].map(([what, body]) => [what, '/v1/plans', body])],
      ['/v1/evidence', 'key:alice', [...hostileEvidence].map(([what, body]) => [what, '/v1/evidence', body])],
      ['messages', 'key:carol', hostileMessages(id)],
      ['reading', 'key:alice', hostileReads(id).map(([what, path]) => [what, path, null])],
    ];
    for (const [route, as, all] of routes) {
      const each: (Seen & { readonly what: string })[] = [];
      for (const asked of all) {
        await Promise.all([send(asked, as), delay(besideMs)]);
        each.push({ what: asked[0], ...(await bystander.seen()) });
      }
      for (const [of, max, budget] of [
        ['slowest', '/healthz', healthzMs],
        ['gap', 'gap', gapMs],
      ] as const) {
        const worst = each.toSorted((a, b) => b[of] - a[of])[0];
        show(
          `${route}: ${max}, worst: ${worst?.what ?? ''}`,
          each.map((one) => one[of]),
          budget,
        );
      }
    }
    const { phase } = await there.status(id);
    if (phase !== 'monitoring') throw new Error(`${id} is in ${phase}: its monitor has not run all the time`);
  } finally {
    await bystander.stop();
  }
}

/** A deployment whose monitor probes this front door for as long as it is measured. */
async function monitored(there: ApiClient, via: string): Promise<string> {
  const world = await there.world('hostile');
  const health = [{ id: 'front-door', availability: via, rate, failureLimit: 19, timeout: '5s' }];
  const id = await there.request(world, {
    service: 'hostile',
    procedure: { health, monitoring: { period: '1h' } },
  });
  await there.until(id, ({ phase }) => phase === 'awaiting-approval');
  await there.approve(id);
  await there.until(id, ({ phase }) => phase === 'monitoring');
  return id;
}

async function standBeside(url: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, BYSTANDER: url },
  });
  const ended = once(child, 'exit');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async () => {
    const next = await lines.next();
    if (next.done) throw new Error('whoever stood beside it is gone');
    return next.value;
  };
  const via = await line();
  return {
    via,
    async seen(): Promise<Seen> {
      child.stdin.write('\n');
      return JSON.parse(await line()) as Seen;
    },
    async stop(): Promise<void> {
      child.kill();
      await ended;
    },
  };
}
