import type { EntryOf } from '../journal/entries.ts';
import type { PlannedCheck } from '../kinds/adapter.ts';
import type { Plan } from '../plan/plan.ts';
import { isWaived } from '../plan/waivers.ts';
import { latestOf, type WatchReport } from './watched.ts';

/** Whether whatever is bad before the first change is let go: in a first deployment, and in an emergency that waives it. */
export function mayFailAtStart(plan: Pick<Plan, 'change' | 'repair' | 'policy'>): boolean {
  return plan.change.initial || isWaived(plan, 'health-at-start');
}

/** Whether a check that is bad before the first change is let go. */
export function mayBeBad(plan: Pick<Plan, 'change' | 'repair' | 'policy'>, { sampling }: PlannedCheck): boolean {
  return plan.change.initial || sampling.health?.atStart === 'may-fail';
}

/** What each check said before the first change. */
export function baselineOf(plan: Pick<Plan, 'health'>, report: WatchReport): EntryOf<'health-started'>['baseline'] {
  return plan.health.map(({ id }) => {
    const latest = latestOf(report, id);
    return { check: id, verdict: latest?.verdict ?? 'inconclusive', summary: latest?.summary ?? 'no sample' };
  });
}
