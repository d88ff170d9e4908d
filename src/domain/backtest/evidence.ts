import { formatDuration } from '../base/duration.ts';
import { type Stage, stages } from '../base/stages.ts';
import { findRobot } from '../policy/find-person.ts';
import { mayVouchFor } from '../policy/roles.ts';
import { type Begun, type Evaluation, lastGate, together, waives } from './evaluation.ts';
import { type ReadStage, readStage } from './read-stage.ts';

interface EvaluatedStage extends ReadStage {
  readonly stage: Stage;
  /** In milliseconds. */
  readonly evaluatedAt: number;
}

/** The statements that a change stood on at the grant: how old they were, who had signed and who had submitted them. */
export function evaluateEvidence(past: Begun): Evaluation {
  const evaluated = stages.flatMap((stage): readonly EvaluatedStage[] => {
    const gate = lastGate(past, `stage-${stage}`);
    return gate ? [{ stage, evaluatedAt: Date.parse(gate.at), ...readStage(gate.found) }] : [];
  });
  return together(
    ...evaluated.flatMap((one) => [ageOf(past, one), signatureOf(past, one), ignoredOf(past, one)]),
    submissionsOf(past, evaluated),
    orderOf(past),
  );
}

/** Journals do not tell when a stage began. */
function orderOf({ rules, plan }: Begun): Partial<Evaluation> {
  const isNew = plan.policy.evidence.order === 'any' && rules.evidence.order !== 'any';
  return isNew ? { notEvaluated: ['the order of the stages'] } : {};
}

function ageOf(past: Begun, { stage, finishedAt, evaluatedAt }: EvaluatedStage): Partial<Evaluation> {
  const { maxAge } = past.rules.evidence;
  if (waives(past, 'evidence-age')) return {};
  if (finishedAt === null) return { notEvaluated: ['the age of evidence'] };
  const ageMs = evaluatedAt - finishedAt;
  if (ageMs <= maxAge) return {};
  const why = `stage ${stage} was ${formatDuration(ageMs)} old, more than ${formatDuration(maxAge)}`;
  return { refusals: [{ rule: `${past.root}/evidence/maxAge`, why }] };
}

/** Signers are compared by key: a name may have got another one, and a key another name. */
function signatureOf({ rules, root, plan }: Begun, { stage, proof }: EvaluatedStage): Partial<Evaluation> {
  const { signers } = rules.evidence;
  if (signers === undefined) return {};
  const refused = (why: string) => ({ refusals: [{ rule: `${root}/evidence/signers`, why: `stage ${stage} ${why}` }] });
  switch (proof.kind) {
    case 'unsigned':
      return refused('was proven by an unsigned statement');
    case 'signature-not-asked-for':
    case 'untold':
      return { notEvaluated: ['who signed evidence'] };
    case 'signed':
      for (const names of proof.by) {
        const known = (plan.policy.evidence.signers ?? []).filter(({ name }) => names.includes(name));
        const same = signers.filter(({ keyId }) => known.some((one) => one.keyId === keyId));
        if (same.some((signer) => signer.stages.includes(stage))) continue;
        const by = known.map(({ name, keyId }) => `${name} (key ${keyId})`).join(', ');
        return refused(`was signed by ${by}: not a key ${same.length === 0 ? 'of the signers' : 'for this stage'}`);
      }
      return {};
  }
}

/** What somebody submitted counts while the policy knows them; who submitted what was signed, journals do not tell. */
function submissionsOf({ policy, plan }: Begun, evaluated: readonly EvaluatedStage[]): Evaluation {
  const { service } = plan;
  const submitters = evaluated.flatMap(({ proof }) => ('submittedBy' in proof ? proof.submittedBy : []));
  const refusals = [...new Set(submitters)]
    .filter((who) => !mayVouchFor(policy, who, service))
    .map((who) => {
      const own = evaluated.filter(({ proof }) => 'submittedBy' in proof && proof.submittedBy.includes(who));
      const isRobot = findRobot(policy.robots, who) !== undefined;
      const why = `evidence of ${own.map(({ stage }) => stage).join(', ')} was submitted by ${who}, who may not vouch for ${service}`;
      return { rule: isRobot ? '/robots' : '/people', why };
    });
  const could = [...plan.policy.people, ...plan.policy.robots].filter(({ subject }) =>
    mayVouchFor(plan.policy, subject, service),
  );
  const isUntold =
    evaluated.some(({ proof }) => !('submittedBy' in proof)) &&
    could.some(({ subject }) => !mayVouchFor(policy, subject, service));
  return { refusals, notEvaluated: isUntold ? ['who submitted signed evidence'] : [] };
}

/** What is newer counts before what is older, if it counts: these rules may take what those did not. */
function ignoredOf({ rules, plan }: Begun, { hasIgnored }: EvaluatedStage): Partial<Evaluation> {
  const before = plan.policy.evidence.signers ?? [];
  const { signers } = rules.evidence;
  const areNew = !signers || signers.some(({ keyId }) => !before.some((one) => one.keyId === keyId));
  return hasIgnored && areNew ? { notEvaluated: ['newer evidence that did not count then'] } : {};
}
