import type { PlannedCheck } from './adapters.ts';
import type { HealthSummary, MonitoredBreach } from './journal.ts';

export type Unwatched = HealthSummary['unwatched'];

/** A health check may be without a watcher this long in all, in milliseconds: what the loss of one worker takes. */
export const longestUnwatchedMs = 5_000;

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

/** The first check that did not come out as passed, as a breach: no data, or nothing but errors, is not healthy. */
export function notPassed(
  planned: readonly PlannedCheck[],
  seen: readonly HealthSummary[],
  at: string,
): MonitoredBreach | null {
  for (const { id } of planned) {
    const summary = seen.find(({ check }) => check === id);
    if (summary?.verdict === 'passed' && summary.samples > 0) continue;
    const { samples = 0, failed = 0, errors = 0 } = summary ?? {};
    const verdict = summary && summary.verdict !== 'passed' ? summary.verdict : 'inconclusive';
    return {
      check: id,
      verdict,
      summary: `never measured as good: ${samples} samples, ${failed} failed, ${errors} errors`,
      at,
    };
  }
  return null;
}
