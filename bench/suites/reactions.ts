import type { Bench, Suite, Underway } from '../bench.ts';
import { engineSpans } from '../engine.ts';

const names = {
  hold: 'waiting in a hold',
  request: 'with a request in flight, which is ended first',
  command: 'with a command in flight, which is ended first',
};
const whats = ['hold', 'request', 'command'] as const;
const budgets = { hold: 40, request: 120, command: 120 };

/** How soon the first compensation starts. */
export const reactions: Suite = {
  name: 'reactions',
  async run(bench) {
    const engine = await engineSpans(bench);
    bench.say('the engine alone: a bare workflow on the same server, in this run');
    bench.show({ name: '  an activity completes → the next one starts', unit: 'ms', values: engine.completion });
    bench.show({ name: '  a signal is in the history → an activity starts', unit: 'ms', values: engine.signal });
    bench.say('starts: a worker enters the activity, on both sides; seal, fence and read-back come after that');
    bench.say('breach measured by a check → first compensation starts (worker clock)');
    for (const what of whats) await measured(bench, 'breach', what, engine.completion);
    bench.say('abort written to history by Temporal → first compensation starts (same machine)');
    for (const what of whats) await measured(bench, 'abort', what, engine.signal);
  },
};

async function measured(bench: Bench, kind: 'breach' | 'abort', what: Underway, own: readonly number[]): Promise<void> {
  const service = `${kind}-${what}`;
  const world = await bench.hangingWorld(service);
  const all = await bench.each(bench.runs, (i) => bench[kind](world, service, `2.0.${i}`, what));
  const values = all.map(({ starts }) => starts);
  // A step in flight is ended first, which the engine's own workflow has none of.
  const ownBudget = what === 'hold' ? { ownBudget: 2 } : {};
  bench.show({ name: `  ${names[what]}`, unit: 'ms', values, budget: budgets[what], own, ...ownBudget });
  bench.show({ name: '    and it is done', unit: 'ms', values: all.map(({ undone }) => undone) });
}
