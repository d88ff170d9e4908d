import type { Plan } from '../plan/plan.ts';
import { isWaived } from '../plan/waivers.ts';
import { isApproved } from './approvals.ts';
import { startExpiry } from './start-expiry.ts';
import type { DeploymentState } from './state.ts';

/** How a deployment goes on that has the lock: it may begin, goes back to people or to its window, or has come too late. */
export type Going =
  | { readonly to: 'go-on' }
  | { readonly to: 'approval' | 'window'; readonly why: string }
  | { readonly to: 'expired'; readonly why: string };

/**
 * Decides how a deployment goes on once everything has been evaluated again at the grant of the lock. `hasLapsed`: an
 * approval of it does not count any more; `isOpen`: of the window; `now` in milliseconds.
 */
export function goingOn(
  plan: Plan,
  state: Pick<DeploymentState, 'approvals' | 'paused' | 'requestedAt'>,
  { hasLapsed, isOpen }: { readonly hasLapsed: boolean; readonly isOpen: boolean },
  now: number,
): Going {
  if (hasLapsed || !isApproved(plan, state.approvals, 'start')) return { to: 'approval', why: 'approval lapsed' };
  if (!isOpen && !isWaived(plan, 'window')) return { to: 'window', why: 'the window is closed' };
  if (state.paused) return { to: 'approval', why: 'paused' };
  if (now >= Date.parse(startExpiry(plan, state.requestedAt)))
    return { to: 'expired', why: 'the approvals expired before the target was free' };
  return { to: 'go-on' };
}
