import type { HealthSummary } from '../journal/values.ts';
import type { PlannedCheck } from '../kinds/adapter.ts';

export type Unwatched = HealthSummary['unwatched'];

/** A health check may be without a watcher this long in all, in milliseconds: what the loss of one worker takes. */
export const maxUnwatchedMs = 5_000;

/** The shortest pause of the watch that is recorded, in milliseconds; longer where samples themselves are further apart. */
const shortestPauseMs = 2_000;
const pausesKept = 20;

/** The unwatched times of a check that was seen last at `lastAt`, and is watched again from `at` on; null: its next sample was not due yet. */
export function withPause(
  unwatched: Unwatched,
  lastAt: string,
  at: string,
  { intervalMs, timeoutMs }: Pick<PlannedCheck['sampling'], 'intervalMs' | 'timeoutMs'>,
): Unwatched | null {
  const usualMs = Math.max(shortestPauseMs, intervalMs + timeoutMs);
  if (Date.parse(at) - Date.parse(lastAt) <= usualMs) return null;
  return [...unwatched, { from: lastAt, to: at }].slice(0, pausesKept);
}

/** The part of the unwatched times that lies between two moments. */
export function unwatchedWithin(unwatched: Unwatched, begin: string, end: string): Unwatched {
  return unwatched.flatMap(({ from, to }) => {
    const part = { from: from > begin ? from : begin, to: to < end ? to : end };
    return part.from < part.to ? [part] : [];
  });
}

export function unwatchedMs(unwatched: Unwatched): number {
  return unwatched.reduce((ms, { from, to }) => ms + Date.parse(to) - Date.parse(from), 0);
}

/**
 * How much of the time between two moments some check was not watched, in milliseconds: the most that any of them
 * lacks. A check that nothing is known of was not watched at all.
 */
export function blindMs(
  planned: readonly PlannedCheck[],
  seen: readonly HealthSummary[],
  begin: string,
  end: string,
): number {
  const lacks = planned.map(({ id }) => {
    const known = seen.find(({ check }) => check === id);
    return unwatchedMs(known ? unwatchedWithin(known.unwatched, begin, end) : [{ from: begin, to: end }]);
  });
  return Math.max(0, ...lacks);
}
