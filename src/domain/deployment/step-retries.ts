import type { ActionStep } from '../plan/plan.ts';

/** What is known of an effect: anything but a clear yes or no is unknown. */
export type ReadBack = 'done' | 'not-done' | 'unknown';

/** What is read back of a step without `done`: nothing can tell, so its effect is unknown. */
export const notReadBack = { verdict: 'unknown', summary: 'the step says no way to read its effect back' } as const;

/**
 * How a step goes on after an attempt that did not answer "completed". An effect that is not done may be tried again; an
 * unknown one only where the action is idempotent.
 */
export function afterAttempt(step: ActionStep, attempt: number, readBack: ReadBack): 'go-on' | 'retry' | 'roll-back' {
  if (readBack === 'done') return 'go-on';
  const mayRepeat = readBack === 'not-done' || step.retry.idempotent;
  return mayRepeat && attempt < step.retry.attempts ? 'retry' : 'roll-back';
}
