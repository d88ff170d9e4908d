import { GantryError } from '../../domain/base/errors.ts';
import { workflowOfDeployment } from '../../domain/base/ids.ts';
import { completed, hasGivenUp } from '../../domain/deployment/lost.ts';
import { stateOf } from '../../domain/deployment/state.ts';
import { openDeliveriesIn } from '../../domain/journal/deliveries.ts';
import type { JournalEntry } from '../../domain/journal/entries.ts';
import type { SealedPlan } from '../../domain/plan/seals.ts';
import type { FollowedEnd } from '../../domain/ports/deployments.ts';
import type { RecoverDeploymentInput, RecoveredDeployment } from '../../domain/ports/targets.ts';
import { type PlanRepairInput, repairPlan } from '../../domain/target/repair-plan.ts';
import type { ActivityDeps } from '../deps.ts';
import { whileBeating } from '../engine/heartbeat.ts';
import { knownDeployment, knownWorkflow } from '../journal/known-deployment.ts';
import { publishAfterEnd } from '../records/after-end.ts';
import { requireProvenResolution } from '../trust/vouching.ts';

/** Slower than usual, since nothing waits for the cancellation that comes back on it, in milliseconds. */
const followedBeatMs = 1_000;

// What is left to do for deployments that did not end as they should.

/** Waits for the end of exactly this run. */
export function followDeployment(
  { histories }: ActivityDeps,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
): Promise<FollowedEnd> {
  return whileBeating((signal) => histories.followToEnd(workflowId, runId, signal), followedBeatMs);
}

/** Plans what is left to be undone of a deployment that needs intervention, on an operator's resolution. */
export async function planRepair(deps: ActivityDeps, input: PlanRepairInput): Promise<SealedPlan> {
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
 * A deployment that needs a person signals that to its target before its workflow has closed. A signal in its name while it
 * goes on acting comes from somebody else. Throws `not-ready` until its journal is there, `too-early` for the latter.
 */
async function requireItsEnd(
  { histories }: ActivityDeps,
  { deployment, decidedSeq }: PlanRepairInput,
  journal: readonly JournalEntry[],
): Promise<void> {
  if (!(await histories.isRunning(workflowOfDeployment(deployment) ?? deployment))) return;
  if (journal.length < (decidedSeq ?? 0))
    throw new GantryError('not-ready', `The journal of ${deployment} is not there whole yet.`);
  if (!hasGivenUp(journal)) throw new GantryError('too-early', `${deployment} still runs: abort it first.`);
}

/** Completes the journal of a deployment that can no longer do it itself, and publishes its record. */
export async function recoverDeployment(
  deps: ActivityDeps,
  { workflowId, why, reviewDueAt, hadLock }: RecoverDeploymentInput,
): Promise<RecoveredDeployment | null> {
  const lost = await knownWorkflow(deps, workflowId);
  if (!lost || lost.journal.length === 0) return null;
  const journal = completed({ ...lost, hadLock }, why, new Date(deps.now()).toISOString(), reviewDueAt);
  const notExported = await publishAfterEnd(deps, lost, journal);
  const { confirmed: serves, outcome } = stateOf(lost.plan, journal);
  const openDeliveries = openDeliveriesIn(journal);
  return outcome && { outcome, serves, supersedes: serves !== null && !lost.plan.repair, notExported, openDeliveries };
}
