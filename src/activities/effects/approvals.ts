import { approversOf, gatesBefore, isApproved, latestApprovals } from '../../domain/deployment/approvals.ts';
import type { ActionInput } from '../../domain/ports/effects.ts';
import type { Refused } from '../../domain/ports/run-identity.ts';
import type { ActivityDeps } from '../deps.ts';
import { planOf } from '../journal/plans.ts';
import { raiseAlarm } from '../trust/alarm.ts';
import { isVouchedFor } from '../trust/vouching.ts';

type Approved = { readonly kind: 'approved'; readonly approvers: ActionInput['approvers'] };

/**
 * Whose approvals an action stands on, by the sealed plan's own rules and by what the API vouches for: the caller's word
 * does not count. Refuses one that the right people have not approved. A plan without seals, or whose rules
 * accept messages without a proof, stands on whom its workflow names.
 */
export async function approvedBy(
  deps: ActivityDeps,
  input: Pick<ActionInput, 'runIdentity' | 'seal' | 'step' | 'approvals' | 'approvers'>,
): Promise<Refused | Approved> {
  const { runIdentity, seal, step, approvals, approvers } = input;
  const plan = seal && (await planOf(deps, runIdentity.deployment, seal.planDigest));
  if (seal && !plan)
    return { kind: 'refused', code: 'store-unavailable', detail: `The store lacks plan ${seal.planDigest}.` };
  if (!seal || !plan || plan.policy.messages.unsigned === 'accept') return { kind: 'approved', approvers };
  const vouch = async (approval: (typeof approvals)[number]) =>
    (await isVouchedFor(deps, runIdentity.deployment, 'approve', approval)) ? [approval] : [];
  const vouched = (await Promise.all(approvals.map(vouch))).flat();
  const counted = latestApprovals(plan, seal.planDigest, vouched);
  const missing = gatesBefore(plan, step.id).filter((gate) => !isApproved(plan, counted, gate));
  if (missing.length === 0) return { kind: 'approved', approvers: approversOf(plan, counted) };
  const detail = `Nobody vouches that gate ${missing.join(' and ')} of ${runIdentity.deployment} was passed before ${step.id}.`;
  await raiseAlarm(deps, { target: runIdentity.target, code: 'unproven-message', detail });
  return { kind: 'refused', code: 'unproven-message', detail };
}
