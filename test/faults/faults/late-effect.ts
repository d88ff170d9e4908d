import { setTimeout as delay } from 'node:timers/promises';
import { actionTimeoutMs } from '../procedure.ts';
import { drawAction, type FaultKind } from '../stage.ts';
import { onAction } from './on-action.ts';

/** The effect comes after the time in which it was waited for, but within the time that it is given to settle. */
export const lateEffect: FaultKind = {
  name: 'late-effect',
  draw: (random, drawing) => ({
    at: { kind: 'effect', step: drawAction(random, drawing), undo: random.percent(20), moment: 'arrives' },
    how: { ms: Math.round(actionTimeoutMs * (1.1 + random.int(50) / 100)) },
  }),
  async begin(stage, fault) {
    onAction(stage, fault, async ({ act }) => {
      await delay(Number(fault.how['ms']));
      return act();
    });
  },
};
