import { setTimeout as delay } from 'node:timers/promises';
import { steps } from '../../test/support/change.ts';
import type { Bench, Suite } from '../bench.ts';
import { manyWaiting } from './restart.ts';

const waiting = 50;
const watched = 15;
const settleMs = 5_000;
const measuredMs = 10_000;

/** What a deployment costs while it does nothing but wait, and while its health is watched; API, worker and store are one process here. */
export const cost: Suite = {
  name: 'cost',
  async run(bench) {
    const nothing = await usage();
    await manyWaiting(bench, 'idle', waiting);
    const idle = await usage();
    bench.say(`memory and share of a core for each deployment, of API, worker and store together`);
    const show = (name: string, before: Usage, after: Usage, count: number) => {
      const [mb, share] = [(after.mb - before.mb) / count, (100 * (after.cores - before.cores)) / count];
      bench.show({ name: `  ${name}: memory`, unit: 'MB', values: [mb] });
      bench.show({ name: `  ${name}: share of a core`, unit: '%', values: [share] });
    };
    show(`one of ${waiting} that wait for approval`, nothing, idle, waiting);
    await manyWatched(bench);
    show(`one of ${watched} whose front door is probed 20 times a second`, idle, await usage(), watched);
  },
};

/** Each has a target of its own and waits at a gate after its first change. */
async function manyWatched(bench: Bench): Promise<void> {
  const { rig } = bench;
  for (let i = 0; i < watched; i += 1) {
    const service = `watched-${i}`;
    const world = await rig.world(service);
    const id = await bench.approved(world, { service, steps: [steps.startByHttp(world), steps.gate('10m')] });
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
  }
}

interface Usage {
  readonly mb: number;
  readonly cores: number;
}

/** Once it has come to rest. */
async function usage(): Promise<Usage> {
  await delay(settleMs);
  const begun = performance.now();
  const before = process.cpuUsage();
  await delay(measuredMs);
  const { user, system } = process.cpuUsage(before);
  return { mb: process.memoryUsage().rss / 2 ** 20, cores: (user + system) / 1_000 / (performance.now() - begun) };
}
