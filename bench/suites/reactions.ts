import type { Bench, Suite, Underway } from '../bench.ts';
import { type Engine, withEngine } from '../engine.ts';

const names = {
  hold: 'waiting in a hold',
  request: 'with a request in flight, which is ended first',
  command: 'with a command in flight, which is ended first',
};
const whats = ['hold', 'request', 'command'] as const;
const budgets = { hold: 40, request: 120, command: 120 };
const engineReacts = {
  breach: '  the engine alone: an activity completes → the next one',
  abort: '  the engine alone: a signal is in the history → an activity',
};

/** How soon the first compensation starts. */
export const reactions: Suite = {
  name: 'reactions',
  async run(bench) {
    bench.say('starts: a worker enters the activity, on both sides; seal, fence and read-back come after that');
    bench.say('the engine alone: a bare workflow on the same server, right before each of them');
    await withEngine(bench, async (engine) => {
      bench.say('breach measured by a check → first compensation starts (worker clock)');
      for (const what of whats) await measured(bench, 'breach', what, engine.completion);
      bench.say('abort written to history by Temporal → first compensation starts (same machine)');
      for (const what of whats) await measured(bench, 'abort', what, engine.signal);
    });
  },
};

/** The engine is measured right before each reaction, while the deployment goes on: both meet the same machine. */
async function measured(
  bench: Bench,
  kind: 'breach' | 'abort',
  what: Underway,
  react: Engine[keyof Engine],
): Promise<void> {
  const service = `${kind}-${what}`;
  const world = await bench.hangingWorld(service);
  const own: number[] = [];
  const all = await bench.each(bench.runs, (i) =>
    bench[kind]({ world, service, release: `2.0.${i}`, what, before: async () => own.push(await react()) }),
  );
  const values = all.map(({ starts }) => starts);
  // A step in flight is ended first, which the engine's own workflow has none of.
  const ownBudget = what === 'hold' ? { ownBudget: 2 } : {};
  bench.show({ name: `  ${names[what]}`, unit: 'ms', values, budget: budgets[what], own, ...ownBudget });
  bench.show({ name: '    and it is done', unit: 'ms', values: all.map(({ undone }) => undone) });
  bench.show({ name: engineReacts[kind], unit: 'ms', values: own });
}
