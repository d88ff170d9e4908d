import { drawAction, type FaultKind } from '../stage.ts';
import { onAction } from './on-action.ts';

/** The target refuses and does nothing. */
export const refusedAction: FaultKind = {
  name: 'refused-action',
  draw: (random, drawing) => ({
    at: { kind: 'effect', step: drawAction(random, drawing), undo: random.percent(20), moment: 'arrives' },
    how: {},
  }),
  async begin(stage, fault) {
    onAction(stage, fault, async () => ({ status: 503, body: { error: 'not now' } }));
  },
};
