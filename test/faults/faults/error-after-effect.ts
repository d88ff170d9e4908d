import { drawAction, type FaultKind } from '../stage.ts';
import { onAction } from './on-action.ts';

/** The target did it and says that it failed. */
export const errorAfterEffect: FaultKind = {
  name: 'error-after-effect',
  draw: (random, drawing) =>
    // Whoever says that it failed and then hides what it did cannot be seen through by anybody.
    drawing.faults.some(({ name }) => name === 'stale-read-back')
      ? null
      : {
          at: { kind: 'effect', step: drawAction(random, drawing), undo: random.percent(30), moment: 'arrives' },
          how: {},
        },
  async begin(stage, fault) {
    onAction(stage, fault, async ({ act }) => {
      act();
      return { status: 500, body: { error: 'something went wrong' } };
    });
  },
};
