import { differencesBetween } from '../base/differences.ts';
import { GantryError } from '../base/errors.ts';
import type { FrozenPolicy, Plan } from '../plan/plan.ts';
import { type EnvironmentRules, type Policy, rulesFor } from '../policy/policy.ts';
import type { PolicyChange } from '../policy/policy-difference.ts';
import { freezePolicy } from './planned-policy.ts';

/** At most so many changes are listed; their number is always given. */
const maxChanges = 100;

/**
 * What a policy would freeze otherwise for the same change; `now` in milliseconds. Where it no longer names the environment,
 * that is the one change. Another digest without a change here comes of other targets' rules, or of comments.
 */
export function policyChange(
  plan: Plan,
  { policy, digest }: { readonly policy: Policy; readonly digest: string },
  now: number,
): PolicyChange {
  const rules = rulesFor(policy, plan);
  if (!rules) return { digest, changed: [`/environments/${plan.environment}`], count: 1 };
  const frozen = frozenNow(plan, policy, rules, now);
  // The policy no longer accepts the type of the change.
  if (!frozen) return { digest, changed: [`/${plan.change.type}`], count: 1 };
  const changed = differencesBetween(plan.policy, frozen).map(({ pointer }) => pointer);
  return { digest, changed: changed.slice(0, maxChanges), count: changed.length };
}

function frozenNow(plan: Plan, policy: Policy, rules: EnvironmentRules, now: number): FrozenPolicy | null {
  const { digest: policyDigest, messages, windows } = plan.policy;
  const typicalRunMs = windows?.runwayFrom === 'typical' ? windows.runwayMs : null;
  try {
    return freezePolicy({ ...plan, policy, policyDigest, messageKey: messages.key, typicalRunMs, now }, rules);
  } catch (error) {
    if (error instanceof GantryError) return null;
    throw error;
  }
}
