import type { Waivable } from '../policy/waivable.ts';
import type { Plan } from './plan.ts';

/** Whether a plan is an emergency. Its repair undoes it, and is none itself. */
export function isEmergency({ change, repair }: Pick<Plan, 'change' | 'repair'>): boolean {
  return change.type === 'emergency' && repair === null;
}

/** The one place that decides what is waived: only for an emergency, and only what its policy lists. */
export function isWaived(plan: Pick<Plan, 'change' | 'repair' | 'policy'>, what: Waivable): boolean {
  return isEmergency(plan) && plan.policy.emergency?.waives.includes(what) === true;
}

/** The verdict of a gate that failed or passed, where policy may waive a failure for an emergency. */
export function verdictOr(plan: Plan, what: Waivable, isPassed: boolean): 'passed' | 'failed' | 'waived' {
  return isPassed ? 'passed' : isWaived(plan, what) ? 'waived' : 'failed';
}
