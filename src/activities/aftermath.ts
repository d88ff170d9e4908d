import { Context } from '@temporalio/activity';
import { GantryError } from '../domain/errors.ts';
import type { JournalEntry } from '../domain/journal.ts';
import { deploymentWorkflowId, parseDeploymentId } from '../domain/names.ts';
import type { Activities, DeploymentHistory, DeploymentRow, PlanRepairInput, Served } from '../domain/ports.ts';
import { repairPlan } from '../domain/repair.ts';
import { stateOf } from '../domain/state.ts';
import type { ActivityDeps } from './deps.ts';
import { whileBeating } from './heartbeat.ts';
import { publish } from './records.ts';
import { requireProvenResolution } from './seals.ts';
import { wholeJournal } from './whole-journal.ts';

type Aftermath = Pick<Activities, 'planRepair' | 'salvage' | 'followDeployment'>;

/** What is left to do for deployments that did not end as they should. */
export function aftermathActivities(deps: ActivityDeps): Aftermath {
  return {
    planRepair: (input) => planRepair(deps, input),
    salvage: (input) => salvage(deps, input.workflowId, input.why),
    followDeployment: ({ workflowId, runId }) =>
      whileBeating((signal) => deps.histories.followToEnd(workflowId, runId, signal)),
  };
}

async function planRepair(deps: ActivityDeps, input: PlanRepairInput) {
  await requireProvenResolution(deps, input);
  const name = parseDeploymentId(input.deployment);
  const lost = name && (await known(deps, deploymentWorkflowId(name.service, name.environment, name.number)));
  if (!lost)
    throw new GantryError('not-found', `Neither Temporal nor the store knows what ${input.deployment} was doing.`);
  const planned = repairPlan(lost.plan, lost.journal, input);
  await deps.store.savePlan(planned.planDigest, planned.plan, lost.seals);
  return { ...planned, seals: lost.seals };
}

/** The history first, which holds the most; the store second, when the history is gone. */
async function known(deps: ActivityDeps, workflowId: string): Promise<DeploymentHistory | null> {
  const history = await deps.histories.read(workflowId);
  const stored = await storedDeployment(deps, workflowId).catch(() => null);
  if (!history) return stored;
  return stored && stored.journal.length > history.journal.length ? stored : history;
}

async function storedDeployment({ store }: ActivityDeps, workflowId: string): Promise<DeploymentHistory | null> {
  const id = workflowId.replace(/^deployment\//, '').replaceAll('/', '.');
  const row = await store.deployment(id);
  const plan = row && (await store.plan(row.planDigest));
  if (!row || !plan) return null;
  const [seals, journal] = await Promise.all([store.sealsOf(row.planDigest), wholeJournal(store, id)]);
  return { id, plan, planDigest: row.planDigest, seals, number: row.number, journal };
}

/** Completes the journal of a deployment that can no longer do it itself, and publishes its record. */
async function salvage(deps: ActivityDeps, workflowId: string, why: string): Promise<Served | null> {
  const lost = await known(deps, workflowId);
  if (!lost || lost.journal.length === 0) return null;
  const { id, plan, planDigest, seals, number } = lost;
  const journal = [...lost.journal];
  if (!journal.some(({ type }) => type === 'ended')) journal.push(...lastWords(journal, why, deps.now()));
  const state = stateOf(plan, journal);
  const row: DeploymentRow = {
    id,
    workflowId,
    number,
    service: plan.service,
    environment: plan.environment,
    release: plan.release,
    artifactDigest: plan.artifact.digest,
    planDigest,
    requester: plan.requester.subject,
    requestedAt: state.requestedAt,
    phase: state.phase,
    outcome: state.outcome,
    endedAt: journal.findLast(({ type }) => type === 'ended')?.at ?? null,
    lastSeq: journal.length,
  };
  await deps.store.savePlan(planDigest, plan, seals);
  await deps.store.appendJournal({ deployment: id, entries: journal, row });
  Context.current().heartbeat();
  const lastSeq = journal.findLast(({ type }) => type === 'ended')?.seq ?? journal.length;
  await publish(deps, { deployment: id, plan: planDigest, state: 'final', lastSeq });
  return state.confirmed;
}

function lastWords(journal: readonly JournalEntry[], why: string, now: number): readonly JournalEntry[] {
  const at = new Date(now).toISOString();
  const summary = `the deployment was ended from outside (${why}); what happened after this journal's last entry is unknown`;
  const seq = journal.length + 1;
  return [
    {
      v: 1,
      seq,
      at,
      type: 'deviation',
      code: 'ended-from-outside',
      severity: 'major',
      what: summary,
      decidedBy: 'unknown',
      authority: 'none',
    },
    {
      v: 1,
      seq: seq + 1,
      at,
      type: 'ended',
      outcome: 'needs-intervention',
      cause: { kind: 'error', code: 'needs-intervention', summary },
    },
  ];
}
