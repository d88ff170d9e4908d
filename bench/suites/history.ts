import proto from '@temporalio/proto';
import type { Bench, Suite } from '../bench.ts';
import { fiveSteps } from '../five-steps.ts';
import { workflowIdOf } from '../installation.ts';

interface Size {
  readonly events: number;
  readonly bytes: number;
}

/** How much history a deployment writes, and that waiting adds nothing to it. */
export const history: Suite = {
  name: 'history',
  async run(bench) {
    bench.say('history of a five-step deployment, whole life');
    for (const seconds of [1, 6]) {
      const sizes = await historyWith(bench, seconds);
      const name = `hold ${seconds} s, monitoring ${seconds} s`;
      bench.show({ name: `  events, ${name}`, unit: '', values: sizes.map(({ events }) => events), budget: 150 });
      bench.show({ name: `  bytes, ${name}`, unit: 'B', values: sizes.map(({ bytes }) => bytes) });
    }
  },
};

async function historyWith(bench: Bench, seconds: number): Promise<readonly Size[]> {
  const service = `history-${seconds}`;
  const world = await bench.there.world(service);
  return bench.each(Math.min(bench.runs, 2), async (i) => {
    const id = await bench.approved(world, {
      service,
      release: `2.0.${i}`,
      steps: fiveSteps(world, `${seconds}s`),
      procedure: { monitoring: { period: `${seconds}s` } },
    });
    await bench.there.ended(id);
    const handle = bench.there.client.workflow.getHandle(workflowIdOf(id));
    await handle.result();
    const written = await handle.fetchHistory();
    const encoded = proto.temporal.api.history.v1.History.encode(written).finish();
    return { events: written.events?.length ?? 0, bytes: encoded.length };
  });
}
