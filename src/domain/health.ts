import type { PlannedCheck } from './adapters.ts';
import type { HealthSummary, MonitoredBreach } from './journal.ts';

/**
 * How much of the time from `since` to `until` (milliseconds since the epoch) some check was not watched, in
 * milliseconds: the most that any of them lacks. A check that nothing is known of was not watched at all.
 */
export function unwatchedMs(
  planned: readonly PlannedCheck[],
  seen: readonly HealthSummary[],
  since: number,
  until: number,
): number {
  const lacks = planned.map(({ id }) => {
    const summary = seen.find(({ check }) => check === id);
    if (!summary) return until - since;
    return summary.unwatched.reduce((sum, { from, to }) => {
      const overlap = Math.min(until, Date.parse(to)) - Math.max(since, Date.parse(from));
      return sum + Math.max(0, overlap);
    }, 0);
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
