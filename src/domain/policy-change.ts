import { differencesBetween } from './differences.ts';
import type { Plan } from './plan.ts';
import { freezePolicy } from './planning.ts';
import { type Policy, rulesFor } from './policy.ts';

/** How a policy differs from what a plan has frozen of its own. */
export interface PolicyChange {
  /** Digest of the whole file. */
  readonly digest: string;
  /** Places in the plan's `policy` that would be frozen otherwise now; of many, the first. */
  readonly changed: readonly string[];
  /** How many there are. */
  readonly count: number;
}

/** Of very many changes so many are told; their number is told always. */
const mostChanges = 100;

/**
 * What a policy would freeze otherwise for the same target. Where it does not name the environment any more, that is
 * the one change. Another digest without a change here speaks of other targets, or of nothing but comments.
 */
export function policyChange(plan: Plan, { policy, digest }: { policy: Policy; digest: string }): PolicyChange {
  const rules = rulesFor(policy, plan);
  if (!rules) return { digest, changed: [`/environments/${plan.environment}`], count: 1 };
  const { service, steps } = plan;
  const { digest: policyDigest, messages, windows } = plan.policy;
  const typicalRunMs = windows?.runwayFrom === 'typical' ? windows.runwayMs : null;
  const now = freezePolicy({ service, steps, policy, policyDigest, messageKey: messages.key, typicalRunMs }, rules);
  const changed = differencesBetween(plan.policy, now).map(({ pointer }) => pointer);
  return { digest, changed: changed.slice(0, mostChanges), count: changed.length };
}
