import type { Plan } from '../plan/plan.ts';
import { standingEndMs } from '../policy/standing-approvals.ts';
import type { DeploymentState } from './state.ts';

/**
 * When approvals of the start lapse: `expireAfter` counts from the request; a standing one has its own end, and waits for
 * window and target no longer than each of them may last. ISO 8601.
 */
export function startExpiry(plan: Plan, requestedAt: string): string {
  const { standing } = plan.policy;
  if (standing) {
    const { window, target } = plan.policy.limits;
    return new Date(Math.min(standingEndMs(standing), Date.parse(requestedAt) + window + target)).toISOString();
  }
  return new Date(Date.parse(requestedAt) + plan.policy.approvals.expireAfterMs).toISOString();
}

/** Milliseconds from `now` until approvals of the start lapse; after the first change they do not lapse any more: infinity. */
export function approvedForMs(
  plan: Plan,
  { requestedAt, hasChanged }: Pick<DeploymentState, 'requestedAt' | 'hasChanged'>,
  now: number,
): number {
  return hasChanged ? Number.POSITIVE_INFINITY : Date.parse(startExpiry(plan, requestedAt)) - now;
}
