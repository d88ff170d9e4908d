import type { PlannedCheck } from './adapters.ts';
import type { EntryOf, HealthSummary, LatestSample, MonitoredBreach } from './journal.ts';
import type { Plan } from './plan.ts';
import { isWaived, verdictOr } from './policy/waivers.ts';
import type { WatchedHealth, WatchReport } from './ports/observation.ts';

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

const startGate = { type: 'gate-evaluated', gate: 'health-at-start', moment: 'grant' } as const;
export const startRequired = 'every health check is good before the first change';

/**
 * The gate of the baseline: samples before the first change. A check that is bad there refuses the start, except where
 * the procedure lets that go, an emergency waives it, or nothing serves yet.
 */
export function startOf(
  plan: Plan,
  report: WatchReport,
): { readonly gate: EntryOf<'gate-evaluated'>; readonly why: string | null } {
  const baseline = baselineOf(plan, report);
  const isGood = (id: string) => baseline.find(({ check }) => check === id)?.verdict === 'passed';
  const bad = plan.health.filter(({ id }) => !isGood(id));
  const refusing = bad.filter(({ sampling }) => sampling.health?.atStart !== 'may-fail');
  const words = (checks: readonly PlannedCheck[]) =>
    checks
      .map(({ id }) => baseline.find(({ check }) => check === id))
      .map((said) => `${said?.check} ${said?.verdict} (${said?.summary})`)
      .join(', ');
  const good = `${plan.health.length - bad.length} of ${plan.health.length} health checks good`;
  const found = bad.length === 0 ? good : `${good}; ${words(bad)}`;
  if (plan.change.initial)
    return {
      gate: { ...startGate, required: startRequired, found: `the first deployment: ${found}`, verdict: 'not-required' },
      why: null,
    };
  const lenient = bad.length > refusing.length ? ', which the procedure lets go' : '';
  const verdict = verdictOr(plan, 'health-at-start', refusing.length === 0);
  return {
    gate: {
      ...startGate,
      required: startRequired,
      found: refusing.length === 0 ? `${found}${lenient}` : found,
      verdict,
    },
    why: verdict === 'failed' ? `not healthy before the first change: ${words(refusing)}` : null,
  };
}

/** The same where a check has failed already. */
export function failedStart({ check, summary }: MonitoredBreach): {
  readonly gate: EntryOf<'gate-evaluated'>;
  readonly why: string;
} {
  const found = `${check}: ${summary}`;
  return {
    gate: { ...startGate, required: startRequired, found, verdict: 'failed' },
    why: `not healthy before the first change: ${found}`,
  };
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
