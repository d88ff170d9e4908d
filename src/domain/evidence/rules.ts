import type { TargetName } from '../base/ids.ts';
import { type Policy, rulesFor } from '../policy/policy.ts';
import { mayVouchFor } from '../policy/robots.ts';
import { signersWithRoot } from '../policy/signers-schema.ts';
import type { EvidenceRules } from './counts-as-evidence.ts';

/** Which evidence counts for a service in an environment, as the policy is now. */
export function evidenceRulesOf(policy: Policy, target: TargetName): EvidenceRules {
  const { signers, trustedRoot } = rulesFor(policy, target)?.evidence ?? {};
  return {
    signers: signers ? signersWithRoot({ signers, trustedRoot }) : null,
    mayVouch: (submittedBy) => mayVouchFor(policy, submittedBy, target.service),
  };
}
