import { steps } from '../test/support/change.ts';
import type { World } from '../test/support/world.ts';

/** Five steps: start, three that return at once (or two and a hold), switch. */
export function fiveSteps(world: World, hold?: string) {
  const quick = (id: string) => ({ ...steps.startByHttp(world), id, title: `Quick ${id}`, undo: { none: 'nothing' } });
  const middle = hold === undefined ? [quick('b'), quick('c'), quick('d')] : [quick('b'), quick('c'), steps.hold(hold)];
  return [steps.startByHttp(world), ...middle, steps.switch(world)];
}
