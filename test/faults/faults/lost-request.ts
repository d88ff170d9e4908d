import { drawAction, type FaultKind } from '../stage.ts';
import { onAction } from './on-action.ts';

/** The connection was cut before the target did anything. */
export const lostRequest: FaultKind = {
  name: 'lost-request',
  draw: (random, drawing) => ({
    at: { kind: 'effect', step: drawAction(random, drawing), undo: random.percent(30), moment: 'arrives' },
    how: {},
  }),
  async begin(stage, fault) {
    onAction(stage, fault, async () => 'cut');
  },
};
