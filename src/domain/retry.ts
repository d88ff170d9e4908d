import type { ActionStep } from './plan.ts';

/** What is known of an effect: anything but a clear yes or no is unknown. */
export type ReadBack = 'done' | 'not-done' | 'unknown';

/** How long "not done" must hold after an attempt whose end nobody knows, in milliseconds; 0 where nothing reads back. */
export function settleMsOf({ do: { timeoutMs }, done }: Pick<ActionStep, 'do' | 'done'>): number {
  if (!done) return 0;
  return done.sampling.withinMs > 0 ? done.sampling.withinMs : timeoutMs;
}

/**
 * How a step goes on after an attempt that did not answer "completed". An effect that is not done may be tried again;
 * one that nobody can tell of only where repeating it does no harm.
 */
export function afterAttempt(step: ActionStep, attempt: number, readBack: ReadBack): 'go-on' | 'retry' | 'roll-back' {
  if (readBack === 'done') return 'go-on';
  const mayRepeat = readBack === 'not-done' || step.retry.idempotent;
  return mayRepeat && attempt < step.retry.attempts ? 'retry' : 'roll-back';
}
