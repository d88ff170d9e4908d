import { Context } from '@temporalio/activity';
import { canonicalJson, digestOfJson } from '../../domain/base/canonical-json.ts';
import { GantryError } from '../../domain/base/errors.ts';
import {
  deploymentOfWorkflow,
  deploymentWorkflowId,
  isWorkflowOf,
  workflowOfDeployment,
} from '../../domain/base/ids.ts';
import type { DeploymentHistory } from '../../domain/deployment/history.ts';
import { deploymentRowOf } from '../../domain/deployment/row.ts';
import type { EntryBody, JournalEntry } from '../../domain/journal/entries.ts';
import { fitEntry } from '../../domain/journal/fit-entry.ts';
import { lastRecorded } from '../../domain/journal/read.ts';
import { wholeJournal } from '../../domain/journal/whole.ts';
import { storedWhole } from '../../store/whole.ts';
import type { ActivityDeps } from '../deps.ts';
import { storeEntries } from '../journal/store-entries.ts';
import { journalPublished, publish } from './publish.ts';

// Journals and records of deployments whose workflow can no longer write them.

/** A deployment as it is known: the history first, which holds the most; the store second, when the history is gone. */
export async function knownDeployment(deps: ActivityDeps, deployment: string): Promise<DeploymentHistory | null> {
  const workflowId = workflowOfDeployment(deployment);
  return workflowId === undefined ? null : knownWorkflow(deps, workflowId);
}

export async function knownWorkflow(deps: ActivityDeps, workflowId: string): Promise<DeploymentHistory | null> {
  const found = await deps.histories.read(workflowId);
  // A workflow that was started by hand can claim anything of itself.
  const isItself = found && isWorkflowOf(found.id, workflowId) && digestOfJson(found.plan) === found.planDigest;
  const history = isItself ? found : null;
  const stored = await storedDeployment(deps, workflowId).catch(() => null);
  if (!history) return stored;
  const known = stored && stored.journal.length > history.journal.length ? stored.journal : history.journal;
  return { ...history, ...(await wholeOf(deps, workflowId, known)) };
}

/**
 * Entries that were journaled while nothing happened have ridden on no activity, and the store has none of them. The
 * workflow itself still has them, also once it is closed; but other code may answer another journal, so the answer counts
 * only where it continues what history and store have.
 */
async function wholeOf(
  { histories }: ActivityDeps,
  workflowId: string,
  known: readonly JournalEntry[],
): Promise<Pick<DeploymentHistory, 'journal' | 'isWhole'>> {
  if (known.some(({ type }) => type === 'ended')) return { journal: known, isWhole: true };
  const told = await histories.told(workflowId);
  const goesOn = told !== null && canonicalJson(told.slice(0, known.length)) === canonicalJson(known);
  return goesOn ? { journal: told, isWhole: true } : { journal: known, isWhole: false };
}

async function storedDeployment({ store }: ActivityDeps, workflowId: string): Promise<DeploymentHistory | null> {
  const id = deploymentOfWorkflow(workflowId);
  return id === null ? null : storedWhole(store, id, () => wholeJournal(store, id));
}

/** Entries, with their times, as they continue a journal. */
export function entriesAfter(
  journal: readonly JournalEntry[],
  more: readonly (EntryBody & { readonly at: string })[],
): readonly JournalEntry[] {
  return more.map(({ at, ...body }, i) => ({ v: 1, seq: journal.length + 1 + i, at, ...fitEntry(body) }));
}

/** A time (ISO 8601) for an entry that continues a journal: no earlier than its last one. */
export function timeAfter(journal: readonly JournalEntry[], at: string): string {
  const last = journal.at(-1)?.at ?? '';
  return at > last ? at : last;
}

/**
 * Stores a journal whole, publishes the final record of it and journals that, once. Answers why the record's file could
 * not be written (null: it is there). Throws `too-early` while the deployment's own workflow runs, which ends its journal
 * itself, whatever a target claims; `not-ready` while it is about to close.
 */
export async function publishAfterEnd(
  deps: ActivityDeps,
  { id, plan, planDigest, seals, number, journal: own }: DeploymentHistory,
  journal: readonly JournalEntry[],
): Promise<string | null> {
  const workflowId = deploymentWorkflowId(plan.service, plan.environment, number);
  if (await deps.histories.isRunning(workflowId)) throw stillRunning(id, own);
  const row = deploymentRowOf({ id, plan, planDigest, number }, journal);
  await deps.store.savePlan(planDigest, plan, seals);
  await storeEntries(deps, { deployment: id, entries: journal, row });
  Context.current().heartbeat();
  const last = lastRecorded(journal) ?? journal.at(-1);
  const lastSeq = last?.seq ?? 0;
  const input = { deployment: id, plan: planDigest, state: 'final', lastSeq } as const;
  const published = await publish(deps, input);
  if (!journal.slice(lastSeq).some(({ type }) => type === 'record-published'))
    await journalPublished(deps, { seq: journal.length + 1, at: last?.at ?? '', row }, input, published);
  return published.notExported;
}

/** A workflow whose journal has ended is about to close; the call is repeated. Any other still runs. */
function stillRunning(id: string, own: readonly JournalEntry[]): GantryError {
  if (own.some(({ type }) => type === 'ended')) return new GantryError('not-ready', `${id} is about to close.`);
  return new GantryError('too-early', `${id} has not ended yet: it writes its journal itself.`);
}
