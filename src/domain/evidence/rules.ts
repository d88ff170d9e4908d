import type { TargetName } from '../base/ids.ts';
import { type Policy, rulesFor } from '../policy/policy.ts';
import { mayVouchFor } from '../policy/roles.ts';
import type { EvidenceRules } from './weigh.ts';

/** Which evidence counts for a service in an environment, as the policy is now. */
export function evidenceRulesOf(policy: Policy, target: TargetName): EvidenceRules {
  return {
    signers: rulesFor(policy, target)?.evidence.signers ?? null,
    mayVouch: (submittedBy) => mayVouchFor(policy, submittedBy, target.service),
  };
}
