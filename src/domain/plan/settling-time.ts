import type { ActionStep } from './plan.ts';

// "Not done" may come too early: an effect whose attempt has no known end may still come.

/** How the attempts at each step ended, and when that was known (ISO 8601). */
type Ends = { readonly [step: string]: readonly { readonly end: string; readonly at: string }[] };

/**
 * How long "not done" must hold from now on until it is believed, in milliseconds. At once only where every attempt
 * answered that it failed or never began, or where the last other one is longer ago than the settling time.
 */
export function settlingMs(attempts: Ends, step: string, settleMs: number, nowMs: number): number {
  const ends = (attempts[step] ?? []).filter(({ end }) => end === 'unknown' || end === 'completed');
  return ends.some(({ at }) => nowMs - Date.parse(at) <= settleMs) ? settleMs : 0;
}

/** How long "not done" must hold after an attempt with an unknown end, in milliseconds; 0 where nothing reads back. */
export function settleMsOf({ do: { timeoutMs }, done }: Pick<ActionStep, 'do' | 'done'>): number {
  if (!done) return 0;
  return done.sampling.withinMs > 0 ? done.sampling.withinMs : timeoutMs;
}

/** After an attempt whose end is unknown the checks hold no longer than this, unless the procedure says so. */
export const usualSettleMs = 30_000;
