import type { EntryOf } from '../journal/entries.ts';
import type { HealthSampling, PlannedCheck, Verdict } from '../kinds/adapter.ts';
import type { Plan } from '../plan/plan.ts';
import { isWaived } from '../plan/waivers.ts';
import { latestOf, type WatchReport } from './watched.ts';

/** Whether whatever is bad before the first change is let go: in a first deployment, and in an emergency that waives it. */
export function mayFailAtStart(plan: Pick<Plan, 'change' | 'repair' | 'policy'>): boolean {
  return plan.change.initial || isWaived(plan, 'health-at-start');
}

/** Whether the procedure lets a health check be bad before the first change. */
export const isLenient = (health: Pick<HealthSampling, 'atStart'> | undefined): boolean =>
  health?.atStart === 'may-fail';

/** Whether a check that is bad before the first change is let go. */
export function mayBeBad({ change }: Pick<Plan, 'change'>, { sampling }: PlannedCheck): boolean {
  return change.initial || isLenient(sampling.health);
}

/** Whether a sample counts: a check that is bad at the start and let go is evaluated from its first good sample on. */
export const isEvaluatedBy = (before: boolean, verdict: Verdict): boolean => before || verdict === 'passed';

/** What each check said before the first change. */
export function baselineOf(plan: Pick<Plan, 'health'>, report: WatchReport): EntryOf<'health-started'>['baseline'] {
  return plan.health.map(({ id }) => {
    const latest = latestOf(report, id);
    return { check: id, verdict: latest?.verdict ?? 'inconclusive', summary: latest?.summary ?? 'no sample' };
  });
}
