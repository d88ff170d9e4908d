import type { EvidenceRules } from '../evidence/weigh.ts';
import { mayVouchFor } from './people-of-service.ts';
import { type Policy, rulesFor } from './policy.ts';

/** Which evidence counts for a service in an environment, as the policy is now. */
export function evidenceRulesOf(
  policy: Policy,
  target: { readonly service: string; readonly environment: string },
): EvidenceRules {
  return {
    signers: rulesFor(policy, target)?.evidence.signers ?? null,
    mayVouch: (submittedBy) => mayVouchFor(policy, submittedBy, target.service),
  };
}
