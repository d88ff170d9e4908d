import { steps } from '../../test/support/change.ts';
import type { Bench, Suite } from '../bench.ts';
import { parts, type Usage, type Usages, usageOf } from '../usage.ts';
import { manyWaiting } from './restart.ts';

const waiting = 50;
const watched = 15;

/** What a deployment costs while it does nothing but wait, and while its health is watched. */
export const cost: Suite = {
  name: 'cost',
  async run(bench) {
    // What the first one brings with it is nobody's cost.
    await manyWatched(bench, 'first', 1);
    const nothing = await usageOf(bench.there);
    await manyWaiting(bench, 'idle', waiting);
    const idle = await usageOf(bench.there);
    bench.say('memory and share of a core for each deployment, of API, worker, PostgreSQL and Temporal');
    show(bench, `one of ${waiting} that wait for approval`, nothing, idle, waiting);
    await manyWatched(bench, 'watched', watched);
    const probed = `one of ${watched} whose front door is probed 20 times a second`;
    show(bench, probed, idle, await usageOf(bench.there), watched);
  },
};

function show(bench: Bench, name: string, before: Usages, after: Usages, count: number): void {
  const each = (what: keyof Usage) => parts.map((part) => (after[part][what] - before[part][what]) / count);
  const told = (values: readonly number[], unit: string) => {
    const total = values.reduce((sum, one) => sum + one, 0);
    const of = values.map((value, i) => `${parts[i]} ${value.toFixed(2)}`).join(', ');
    return `${total.toFixed(2)} ${unit} (${of})`;
  };
  bench.say(`  ${name}`);
  bench.say(`    memory ${told(each('mb'), 'MB')}`);
  bench.say(
    `    share of a core ${told(
      each('cores').map((cores) => 100 * cores),
      '%',
    )}`,
  );
}

/** Each has a target of its own and waits at a gate after its first change. */
async function manyWatched(bench: Bench, name: string, count: number): Promise<void> {
  const { there } = bench;
  for (let i = 0; i < count; i += 1) {
    const service = `${name}-${i}`;
    const world = await there.world(service);
    const id = await bench.approved(world, { service, steps: [steps.startByHttp(world), steps.gate('10m')] });
    await there.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
  }
}
