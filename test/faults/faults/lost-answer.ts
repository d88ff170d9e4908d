import { drawAction, type FaultKind } from '../stage.ts';
import { onAction } from './on-action.ts';

/** The target did it, but the answer was lost. */
export const lostAnswer: FaultKind = {
  name: 'lost-answer',
  draw: (random, drawing) => ({
    at: { kind: 'effect', step: drawAction(random, drawing), undo: random.percent(30), moment: 'arrives' },
    how: {},
  }),
  async begin(stage, fault) {
    onAction(stage, fault, async ({ act }) => {
      act();
      return 'cut';
    });
  },
};
