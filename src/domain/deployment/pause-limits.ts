import { formatDuration } from '../base/duration.ts';
import type { Plan } from '../plan/plan.ts';
import { approvedForMs } from './start-expiry.ts';
import type { DeploymentState } from './state.ts';

type Paused = Pick<DeploymentState, 'pausedMs' | 'paused' | 'phase' | 'hasChanged' | 'requestedAt'>;

/** A pause acts before the next step or phase. */
export const noPointLeft = 'no step or phase is left before which a pause could act: let it run, or abort it';

/** Why a deployment in a phase that can be paused may not be: it is, no point is left, or its time for pauses is spent. */
export function whyNoPause(plan: Plan, state: Paused): string | null {
  if (state.paused) return 'It is paused already.';
  if (plan.mode === 'rehearsal' && state.phase === 'validating')
    return `A rehearsal is rolled back once it is validated: ${noPointLeft}.`;
  if (budgetMs(plan, state) > 0) return null;
  return `The ${formatDuration(plan.policy.limits.pause)} for which it may be paused in all are spent.`;
}

/** How long a pause may last at `now`, both in milliseconds; before the first change no longer than the approvals stand, too. */
export function pauseLeftMs(plan: Plan, state: Paused, now: number): number {
  return Math.max(0, Math.min(budgetMs(plan, state), approvedForMs(plan, state, now)));
}

/** All pauses of a deployment share one limit. */
const budgetMs = (plan: Plan, { pausedMs }: Paused) => plan.policy.limits.pause - pausedMs;
