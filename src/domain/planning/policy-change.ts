import { differencesBetween } from '../base/differences.ts';
import { GantryError } from '../base/errors.ts';
import type { FrozenPolicy, Plan } from '../plan/plan.ts';
import type { PolicyChange } from '../policy/change.ts';
import { type EnvironmentRules, type Policy, rulesFor } from '../policy/policy.ts';
import { freezePolicy } from './planned-policy.ts';

/** Of very many changes so many are told; their number is told always. */
const maxChanges = 100;

/**
 * What a policy would freeze otherwise for the same change; `now` in milliseconds. Where it does not name the environment any more, that is
 * the one change. Another digest without a change here speaks of other targets, or of nothing but comments.
 */
export function policyChange(
  plan: Plan,
  { policy, digest }: { readonly policy: Policy; readonly digest: string },
  now: number,
): PolicyChange {
  const rules = rulesFor(policy, plan);
  if (!rules) return { digest, changed: [`/environments/${plan.environment}`], count: 1 };
  const frozen = frozenNow(plan, policy, rules, now);
  // What the change stands on is no longer to be had.
  if (!frozen) return { digest, changed: [`/${plan.change.type}`], count: 1 };
  const changed = differencesBetween(plan.policy, frozen).map(({ pointer }) => pointer);
  return { digest, changed: changed.slice(0, maxChanges), count: changed.length };
}

function frozenNow(plan: Plan, policy: Policy, rules: EnvironmentRules, now: number): FrozenPolicy | null {
  const { service, environment, steps, requester, procedure, change } = plan;
  const { digest: policyDigest, messages, windows } = plan.policy;
  const { type, authors, onBehalfOf } = change;
  try {
    return freezePolicy(
      {
        service,
        environment,
        steps,
        requester,
        procedure: procedure.name,
        procedureDigest: procedure.digest,
        change: { type, authors: [...authors], ...(onBehalfOf === null ? {} : { onBehalfOf }) },
        policy,
        policyDigest,
        messageKey: messages.key,
        typicalRunMs: windows?.runwayFrom === 'typical' ? windows.runwayMs : null,
        now,
      },
      rules,
    );
  } catch (error) {
    if (error instanceof GantryError) return null;
    throw error;
  }
}
