import { GantryError } from '../../domain/base/errors.ts';
import { deploymentWorkflowId, parseDeploymentId } from '../../domain/base/ids.ts';
import { completed, hasGivenUp } from '../../domain/deployment/lost.ts';
import { openDeliveriesIn } from '../../domain/journal/deliveries.ts';
import type { JournalEntry } from '../../domain/journal/entries.ts';
import type { Activities } from '../../domain/ports/activities.ts';
import type { RecoverDeploymentInput, RecoveredDeployment } from '../../domain/ports/targets.ts';
import { repairPlan } from '../../domain/target/repair.ts';
import type { PlanRepairInput } from '../../domain/target/repair-input.ts';
import type { ActivityDeps } from '../deps.ts';
import { whileBeating } from '../engine/heartbeat.ts';
import { knownDeployment, knownWorkflow, publishAfterEnd } from '../records/after-end.ts';
import { recordNote } from '../records/late-note.ts';
import { closeReview } from '../records/review.ts';
import { requireProvenResolution } from '../trust/vouching.ts';
import { findUnknownDeployments, freeNumber } from './unknown-deployments.ts';

/** Nobody waits for the cancellation that comes back on it, in milliseconds. */
const followedBeatMs = 1_000;

type Aftermath = Pick<
  Activities,
  | 'planRepair'
  | 'recoverDeployment'
  | 'closeReview'
  | 'recordNote'
  | 'followDeployment'
  | 'findUnknownDeployments'
  | 'freeNumber'
>;

/** What is left to do for deployments that did not end as they should. */
export function aftermathActivities(deps: ActivityDeps): Aftermath {
  return {
    planRepair: (input) => planRepair(deps, input),
    recoverDeployment: (input) => recoverDeployment(deps, input),
    findUnknownDeployments: (input) => findUnknownDeployments(deps, input),
    freeNumber: (input) => freeNumber(deps, input),
    closeReview: (input) => closeReview(deps, input),
    recordNote: (input) => recordNote(deps, input),
    followDeployment: ({ workflowId, runId }) =>
      whileBeating((signal) => deps.histories.followToEnd(workflowId, runId, signal), followedBeatMs),
  };
}

async function planRepair(deps: ActivityDeps, input: PlanRepairInput) {
  await requireProvenResolution(deps, input);
  const lost = await knownDeployment(deps, input.deployment);
  if (!lost)
    throw new GantryError('not-found', `Neither Temporal nor the store knows what ${input.deployment} was doing.`);
  await requireItsEnd(deps, input, lost.journal);
  const planned = repairPlan(lost.plan, lost.journal, input);
  await deps.store.savePlan(planned.planDigest, planned.plan, lost.seals);
  return { ...planned, seals: lost.seals };
}

/**
 * A deployment that needs a person says so to its target before its workflow has closed. What is said in its name while
 * it goes on acting is somebody else's word. Throws `not-ready` until its journal is there, `too-early` for the latter.
 */
async function requireItsEnd(
  { histories }: ActivityDeps,
  { deployment, decidedSeq }: PlanRepairInput,
  journal: readonly JournalEntry[],
): Promise<void> {
  const name = parseDeploymentId(deployment);
  const workflowId = name ? deploymentWorkflowId(name.service, name.environment, name.number) : deployment;
  if (!(await histories.isRunning(workflowId))) return;
  if (journal.length < (decidedSeq ?? 0))
    throw new GantryError('not-ready', `The journal of ${deployment} is not there whole yet.`);
  if (!hasGivenUp(journal)) throw new GantryError('too-early', `${deployment} still runs: abort it first.`);
}

/** Completes the journal of a deployment that can no longer do it itself, and publishes its record. */
async function recoverDeployment(
  deps: ActivityDeps,
  { workflowId, why, reviewDueAt, hadLock }: RecoverDeploymentInput,
): Promise<RecoveredDeployment | null> {
  const lost = await knownWorkflow(deps, workflowId);
  if (!lost || lost.journal.length === 0) return null;
  const journal = completed({ ...lost, hadLock }, why, new Date(deps.now()).toISOString(), reviewDueAt);
  const { state, notExported } = await publishAfterEnd(deps, lost, journal);
  const { confirmed: serves, outcome } = state;
  const openDeliveries = openDeliveriesIn(journal);
  return outcome && { outcome, serves, supersedes: serves !== null && !lost.plan.repair, notExported, openDeliveries };
}
