import { GantryError } from '../domain/errors.ts';
import { completed } from '../domain/lost.ts';
import type { PlanRepairInput, Salvaged, SalvageInput } from '../domain/ports/targets.ts';
import type { Activities } from '../domain/ports.ts';
import { repairPlan } from '../domain/repair.ts';
import { knownDeployment, knownWorkflow, publishAfterEnd } from './after-end.ts';
import type { ActivityDeps } from './deps.ts';
import { whileBeating } from './heartbeat.ts';
import { closeReview } from './review.ts';
import { requireProvenResolution } from './vouching.ts';

/** Nobody waits for the cancellation that comes back on it, in milliseconds. */
const followedBeatMs = 1_000;

type Aftermath = Pick<Activities, 'planRepair' | 'salvage' | 'closeReview' | 'followDeployment'>;

/** What is left to do for deployments that did not end as they should. */
export function aftermathActivities(deps: ActivityDeps): Aftermath {
  return {
    planRepair: (input) => planRepair(deps, input),
    salvage: (input) => salvage(deps, input),
    closeReview: (input) => closeReview(deps, input),
    followDeployment: ({ workflowId, runId }) =>
      whileBeating((signal) => deps.histories.followToEnd(workflowId, runId, signal), followedBeatMs),
  };
}

async function planRepair(deps: ActivityDeps, input: PlanRepairInput) {
  await requireProvenResolution(deps, input);
  const lost = await knownDeployment(deps, input.deployment);
  if (!lost)
    throw new GantryError('not-found', `Neither Temporal nor the store knows what ${input.deployment} was doing.`);
  const planned = repairPlan(lost.plan, lost.journal, input);
  await deps.store.savePlan(planned.planDigest, planned.plan, lost.seals);
  return { ...planned, seals: lost.seals };
}

/** Completes the journal of a deployment that can no longer do it itself, and publishes its record. */
async function salvage(
  deps: ActivityDeps,
  { workflowId, why, reviewDueAt, hadLock }: SalvageInput,
): Promise<Salvaged | null> {
  const lost = await knownWorkflow(deps, workflowId);
  if (!lost || lost.journal.length === 0) return null;
  const journal = completed({ ...lost, hadLock }, why, new Date(deps.now()).toISOString(), reviewDueAt);
  const { state, notExported } = await publishAfterEnd(deps, lost, journal);
  const { confirmed: serves, outcome } = state;
  return outcome && { outcome, serves, overtakes: serves !== null && !lost.plan.repair, notExported };
}
