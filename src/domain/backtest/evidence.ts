import { formatDuration } from '../base/duration.ts';
import { type Stage, stages } from '../base/stages.ts';
import { isTooOld } from '../evidence/age.ts';
import type { EvidenceProof } from '../evidence/evidence.ts';
import { findRobot, mayVouchFor } from '../policy/robots.ts';
import { type Begun, type Evaluation, lastGate, together, waives } from './evaluation.ts';

interface EvaluatedStage {
  readonly stage: Stage;
  /** Null: its gate in the journal has no proof, or not all of it. */
  readonly proof: EvidenceProof | null;
  /** In milliseconds. */
  readonly evaluatedAt: number;
}

/** The statements that a change stood on at the grant: how old they were, who had signed and who had submitted them. */
export function evaluateEvidence(past: Begun): Evaluation {
  const evaluated = stages.flatMap((stage): readonly EvaluatedStage[] => {
    const gate = lastGate(past, `stage-${stage}`);
    if (!gate) return [];
    const proof = gate.proof?.kind === 'evidence' && !gate.leftOut ? gate.proof : null;
    return [{ stage, evaluatedAt: Date.parse(gate.at), proof }];
  });
  return together(
    ...evaluated.flatMap((one) => [ageOf(past, one), signatureOf(past, one), ignoredOf(past, one)]),
    submissionsOf(past, evaluated),
    orderOf(past),
  );
}

/** Journals do not hold when a stage began. */
function orderOf({ rules, plan }: Begun): Partial<Evaluation> {
  const isNew = plan.policy.evidence.order === 'any' && rules.evidence.order !== 'any';
  return isNew ? { notEvaluated: ['the order of the stages'] } : {};
}

function ageOf(past: Begun, { stage, proof, evaluatedAt }: EvaluatedStage): Partial<Evaluation> {
  const { maxAge } = past.rules.evidence;
  if (waives(past, 'evidence-age')) return {};
  if (proof === null) return { notEvaluated: ['the age of evidence'] };
  const ageMs = evaluatedAt - Date.parse(proof.agedFrom);
  if (!isTooOld(proof.agedFrom, evaluatedAt, maxAge)) return {};
  const why = `stage ${stage} was ${formatDuration(ageMs)} old, more than ${formatDuration(maxAge)}`;
  return { refusals: [{ rule: `${past.root}/evidence/maxAge`, why }] };
}

/** Signers are compared by key: a name may have got another one, and a key another name. */
function signatureOf({ rules, root }: Begun, { stage, proof }: EvaluatedStage): Partial<Evaluation> {
  const { signers } = rules.evidence;
  if (signers === undefined) return {};
  const refused = (why: string) => ({ refusals: [{ rule: `${root}/evidence/signers`, why: `stage ${stage} ${why}` }] });
  if (proof?.vouched.how === 'unsigned') return refused('was proven by an unsigned statement');
  if (proof?.vouched.how !== 'signed') return { notEvaluated: ['who signed evidence'] };
  for (const group of proof.vouched.by) {
    const same = signers.filter(({ keyId }) => group.some((one) => one.keyId === keyId));
    if (same.some((signer) => signer.stages.includes(stage))) continue;
    const by = group.map(({ name, keyId }) => `${name} (key ${keyId})`).join(', ');
    return refused(`was signed by ${by}: not a key ${same.length === 0 ? 'of the signers' : 'for this stage'}`);
  }
  return {};
}

const submittersOf = ({ proof }: EvaluatedStage) =>
  proof === null || proof.vouched.how === 'signed' ? null : proof.vouched.submittedBy;

/** A statement counts while the policy knows its submitter. Journals do not hold who submitted a signed one. */
function submissionsOf({ policy, plan }: Begun, evaluated: readonly EvaluatedStage[]): Evaluation {
  const { service } = plan;
  const submitters = evaluated.flatMap((one) => submittersOf(one) ?? []);
  const refusals = [...new Set(submitters)]
    .filter((who) => !mayVouchFor(policy, who, service))
    .map((who) => {
      const own = evaluated.filter((one) => submittersOf(one)?.includes(who));
      const isRobot = findRobot(policy.robots, who) !== undefined;
      const why = `evidence of ${own.map(({ stage }) => stage).join(', ')} was submitted by ${who}, who may not vouch for ${service}`;
      return { rule: isRobot ? '/robots' : '/people', why };
    });
  const could = [...plan.policy.people, ...plan.policy.robots].filter(({ subject }) =>
    mayVouchFor(plan.policy, subject, service),
  );
  const isUnknown =
    evaluated.some((one) => submittersOf(one) === null) &&
    could.some(({ subject }) => !mayVouchFor(policy, subject, service));
  return { refusals, notEvaluated: isUnknown ? ['who submitted signed evidence'] : [] };
}

/** The newest statement that counts is used: these rules may accept a newer one that the old rules passed over. */
function ignoredOf({ rules, plan }: Begun, { proof }: EvaluatedStage): Partial<Evaluation> {
  const before = plan.policy.evidence.signers ?? [];
  const { signers } = rules.evidence;
  const areNew = !signers || signers.some(({ keyId }) => !before.some((one) => one.keyId === keyId));
  return proof !== null && proof.passedOver > 0 && areNew
    ? { notEvaluated: ['newer evidence that did not count then'] }
    : {};
}
