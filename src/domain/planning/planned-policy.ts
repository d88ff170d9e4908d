import { executingMsOf } from '../plan/durations.ts';
import type { FrozenPolicy, Plan } from '../plan/plan.ts';
import { operatorRoles } from '../policy/operators.ts';
import type { EnvironmentRules } from '../policy/policy.ts';
import { freezeReadiness } from '../policy/readiness.ts';
import { peopleOfService } from '../policy/roles-for-service.ts';
import type { FrozenWindows } from '../policy/windows-schema.ts';
import { freezeChangeType, type TypedChange } from './change-types.ts';
import type { PlanningInput } from './input.ts';

type FreezingInput = TypedChange &
  Pick<Plan, 'steps'> &
  Pick<PlanningInput, 'policyDigest' | 'messageKey' | 'typicalRunMs'>;

/** What a plan keeps of a policy: everything that may evaluate it later. */
export function freezePolicy(input: FreezingInput, rules: EnvironmentRules): FrozenPolicy {
  const { service, policy, policyDigest, messageKey, typicalRunMs, steps } = input;
  const { rules: asked, standing, emergency } = freezeChangeType(input, rules);
  return {
    digest: policyDigest,
    people: peopleOfService(policy, service),
    robots: policy.robots,
    evidence: {
      maxAgeMs: rules.evidence.maxAge,
      signers: rules.evidence.signers ?? null,
      ...(rules.evidence.trustedRoot === undefined ? {} : { trustedRoot: rules.evidence.trustedRoot }),
      ...(rules.evidence.order === 'any' ? { order: 'any' } : {}),
    },
    rehearsal: rules.rehearsal ? { maxAgeMs: rules.rehearsal.maxAge, environment: rules.rehearsal.environment } : null,
    approvals: { expireAfterMs: rules.approvals.expireAfter, rules: asked, exclude: rules.approvals.exclude },
    windows: rules.windows ? freezeWindows(rules.windows, typicalRunMs, steps) : null,
    readiness: freezeReadiness(rules.readiness),
    stakeholders: rules.stakeholders,
    require: rules.require,
    messages: { unsigned: rules.messages.unsigned, key: messageKey },
    ...(rules.commands === 'isolated' ? { commands: rules.commands } : {}),
    operators: operatorRoles(rules),
    standing,
    emergency,
    limits: rules.limits,
    paging: { acknowledgeWithinMs: rules.paging.acknowledgeWithin },
  };
}

/** The runway as a time: the policy's own, the plan's, or what is typical, for which the plan's stands in until it is known. */
export function freezeWindows(
  { runway = 0, ...windows }: NonNullable<EnvironmentRules['windows']>,
  typicalRunMs: number | null,
  steps: Plan['steps'],
): FrozenWindows {
  if (typeof runway === 'number') return { ...windows, runwayMs: runway, runwayFrom: 'policy' };
  return runway === 'typical' && typicalRunMs !== null
    ? { ...windows, runwayMs: typicalRunMs, runwayFrom: 'typical' }
    : { ...windows, runwayMs: executingMsOf(steps), runwayFrom: 'plan' };
}
