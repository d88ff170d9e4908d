import { type Stage, stages } from '../base/stages.ts';
import type { Plan } from '../plan/plan.ts';
import { servesService } from '../policy/robots.ts';
import { type CouldGive, evaluated, faultWord, gate, notEvaluated, type StageResult } from './gate.ts';

/** A gate for each of the five stages. */
export const stageGates = stages.map((stage) =>
  gate({
    name: `stage-${stage}`,
    title: `Stage ${stage}`,
    absence: () => null,
    evaluate: {
      request: (_, found) => evaluatedStage(stage, found.stages),
      grant: (_, found) => evaluatedStage(stage, found.stages),
    },
    preview: (plan, facts) => {
      const finding = facts.stages.find((one) => one.stage === stage);
      if (!finding) return { state: 'blocked', required: notEvaluated.required, reason: notEvaluated.found };
      const { verdict, required, found, fault } = finding;
      if (verdict !== 'failed') return { state: verdict, required, found };
      const who = whoCouldProve(plan, stage);
      return { state: 'blocked', required, found, reason: found, who, ...(fault === null ? {} : { fault }) };
    },
    waivedBy: 'evidence-age',
  }),
);

function evaluatedStage(stage: Stage, found: readonly StageResult[]) {
  const one = found.find((known) => known.stage === stage) ?? notEvaluated;
  const why = `stage ${stage} ${faultWord(one.fault)} (${one.found})`;
  return evaluated(one, one.verdict === 'failed' ? why : null);
}

/**
 * Who could prove a stage: where the environment names signers, those whose signature counts for it, whoever submits it;
 * else the pipelines that submit evidence of this service.
 */
function whoCouldProve({ service, policy }: Plan, stage: Stage): readonly CouldGive[] {
  const { signers } = policy.evidence;
  if (signers)
    return signers
      .filter((signer) => signer.stages.includes(stage))
      .map(({ keyId, name }) => ({ subject: keyId, name, role: 'signer' }));
  return policy.robots
    .filter((robot) => robot.may.includes('submit-evidence') && servesService(robot, service))
    .map(({ subject, name }) => ({ subject, name, role: 'submit-evidence' }));
}
