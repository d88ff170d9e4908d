import type { HealthSummary, MonitoredBreach } from '../journal/values.ts';
import type { LatestSample, PlannedCheck } from '../kinds/adapter.ts';
import { latestOf, type WatchReport } from './watched.ts';

/**
 * The first check without a good sample since `since`, or whose latest sample is bad, as a breach: nothing ends well on
 * what was measured before the last change. `since` null: it has not settled at all.
 */
export function unsettled(
  planned: readonly PlannedCheck[],
  seen: readonly HealthSummary[],
  since: string | null,
  at: string,
): MonitoredBreach | null {
  for (const { id } of planned) {
    const known = seen.find(({ check }) => check === id);
    const bad = badLatest(id, known?.latest ?? null, at);
    if (bad) return bad;
    if (since !== null && (known?.lastGoodStartedAt ?? '') > since) continue;
    return { check: id, verdict: 'inconclusive', summary: 'no good sample since the last change', at };
  }
  return null;
}

/** The first check whose latest sample is bad, as a breach; one without any sample was not watched. */
export function badIn(planned: readonly PlannedCheck[], report: WatchReport, at: string): MonitoredBreach | null {
  for (const { id } of planned) {
    const bad = badLatest(id, latestOf(report, id), at);
    if (bad) return bad;
  }
  return null;
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
    const { samples = 0, failed = 0, errors = 0, inconclusive = 0 } = summary ?? {};
    const unclear = inconclusive === 0 ? '' : `, ${inconclusive} that did not tell enough`;
    const verdict = summary && summary.verdict !== 'passed' ? summary.verdict : 'inconclusive';
    return {
      check: id,
      verdict,
      summary: `never measured as good: ${samples} samples, ${failed} failed, ${errors} errors${unclear}`,
      at,
    };
  }
  return null;
}

function badLatest(check: string, latest: LatestSample | null, at: string): MonitoredBreach | null {
  if (latest?.verdict === 'passed') return null;
  if (!latest) return { check, verdict: 'inconclusive', summary: 'nobody has measured it', at };
  return { check, verdict: latest.verdict, summary: `its latest sample is bad: ${latest.summary}`, at: latest.endedAt };
}
