import { removedSince } from '../../domain/deployment/removed-approvers.ts';
import type { EvidenceRules } from '../../domain/evidence/counts-as-evidence.ts';
import { stageResult } from '../../domain/gates/gate.ts';
import { evaluatePlanStages } from '../../domain/gates/plan-stages.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { standingFault } from '../../domain/plan/standing-approval-still-stands.ts';
import { policyChange } from '../../domain/planning/policy-change.ts';
import { type Policy, rulesFor } from '../../domain/policy/policy.ts';
import { mayVouchFor } from '../../domain/policy/robots.ts';
import { type Signer, signersWithRoot } from '../../domain/policy/signers-schema.ts';
import type { GateFindings } from '../../domain/ports/gates.ts';
import { evaluateRehearsal } from '../../domain/rehearsal/counts-as-proof.ts';
import { rehearsalsFor } from '../../store/whole.ts';
import { verifyNatively } from '../../system/native-signatures.ts';
import { weighInTurns } from '../../system/weigh-in-turns.ts';
import type { ActivityDeps } from '../deps.ts';

type Proven = Pick<GateFindings, 'stages' | 'rehearsal' | 'removed' | 'standing' | 'policy'>;

/** Evaluates evidence and people, as store and policy have them now: the five stages, the rehearsal, who has been removed since. */
export async function evaluateProof({ store, policy, now, attestationKey }: ActivityDeps, plan: Plan): Promise<Proven> {
  const { digest } = plan.artifact;
  const [rows, refused, rehearsals, known] = await Promise.all([
    store.evidenceOf(digest),
    store.refusedEvidenceOf(digest),
    rehearsalsFor(store, plan),
    policy.read(),
  ]);
  const rules: EvidenceRules = {
    signers: signersLeft(plan, known.policy),
    mayVouch: (submittedBy) => mayVouchFor(known.policy, submittedBy, plan.service),
  };
  const weigh = await weighInTurns(rows, rules);
  return {
    stages: evaluatePlanStages(plan, rows, now(), { ...rules, refused, weigh }).map(stageResult),
    rehearsal: evaluateRehearsal(plan, rehearsals, now(), attestationKey ? [attestationKey] : [], verifyNatively),
    removed: removedSince(plan, known.policy),
    standing: standingFault(plan, known.policy, now()),
    policy: policyChange(plan, known, now()),
  };
}

/** The plan's signers, without those whose key or identity has been taken out of the policy since. */
function signersLeft({ policy, environment }: Plan, { environments }: Policy): readonly Signer[] | null {
  const { signers, trustedRoot } = policy.evidence;
  if (signers === null) return null;
  const rules = rulesFor({ environments }, { environment });
  const known = new Set(rules?.evidence.signers?.map(({ keyId }) => keyId));
  return signersWithRoot({ signers: signers.filter(({ keyId }) => known.has(keyId)), trustedRoot });
}
