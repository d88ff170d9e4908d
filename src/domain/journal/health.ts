import type { PlannedCheck } from '../kinds/adapter.ts';
import type { LatestSample } from '../kinds/latest-sample.ts';
import type { Plan } from '../plan/plan.ts';
import { isWaived } from '../plan/waivers.ts';
import type { EntryOf } from './entries.ts';
import type { HealthSummary, MonitoredBreach } from './values.ts';

export type Unwatched = HealthSummary['unwatched'];

/** A health check may be without a watcher this long in all, in milliseconds: what the loss of one worker takes. */
export const maxUnwatchedMs = 5_000;

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
    const { samples = 0, failed = 0, errors = 0, inconclusive = 0 } = summary ?? {};
    const untold = inconclusive === 0 ? '' : `, ${inconclusive} that did not tell enough`;
    const verdict = summary && summary.verdict !== 'passed' ? summary.verdict : 'inconclusive';
    return {
      check: id,
      verdict,
      summary: `never measured as good: ${samples} samples, ${failed} failed, ${errors} errors${untold}`,
      at,
    };
  }
  return null;
}

/** Whether whatever is bad before the first change is let go: in a first deployment, and in an emergency that waives it. */
export function mayFailAtStart(plan: Pick<Plan, 'change' | 'repair' | 'policy'>): boolean {
  return plan.change.initial || isWaived(plan, 'health-at-start');
}

/** Whether a check that is bad before the first change is let go. */
export function mayBeBad(plan: Pick<Plan, 'change' | 'repair' | 'policy'>, { sampling }: PlannedCheck): boolean {
  return plan.change.initial || sampling.health?.atStart === 'may-fail';
}

/** The health checks as their monitor is asked for them. */
export function watchedOf({ health }: Pick<Plan, 'health'>): readonly WatchedHealth[] {
  return health.map(({ id, sampling: { timeoutMs } }) => ({ id, sampling: { timeoutMs } }));
}

const latestOf = (report: WatchReport, id: string): LatestSample | null =>
  Object.hasOwn(report, id) ? (report[id] ?? null) : null;

/** What each check said before the first change. */
export function baselineOf(plan: Pick<Plan, 'health'>, report: WatchReport): EntryOf<'health-started'>['baseline'] {
  return plan.health.map(({ id }) => {
    const latest = latestOf(report, id);
    return { check: id, verdict: latest?.verdict ?? 'inconclusive', summary: latest?.summary ?? 'no sample' };
  });
}

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

function badLatest(check: string, latest: LatestSample | null, at: string): MonitoredBreach | null {
  if (latest?.verdict === 'passed') return null;
  if (!latest) return { check, verdict: 'inconclusive', summary: 'nobody has measured it', at };
  return { check, verdict: latest.verdict, summary: `its latest sample is bad: ${latest.summary}`, at: latest.endedAt };
}

/** A health check that the deployment's monitor watches. */
export interface WatchedHealth {
  readonly id: string;
  readonly sampling: { readonly timeoutMs: number };
}

/** The latest sample of each health check, by its id; null: there is none. */
export type WatchReport = { readonly [check: string]: LatestSample | null };
