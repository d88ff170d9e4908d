import { Context } from '@temporalio/activity';
import { GantryError } from '../../domain/base/errors.ts';
import { deploymentWorkflowId } from '../../domain/base/ids.ts';
import type { DeploymentHistory } from '../../domain/deployment/history.ts';
import { deploymentRowOf } from '../../domain/deployment/row.ts';
import { lastRecorded } from '../../domain/journal/covered-by-record.ts';
import type { EntryBody, JournalEntry } from '../../domain/journal/entries.ts';
import { fitEntry } from '../../domain/journal/fit-entry.ts';
import type { ActivityDeps } from '../deps.ts';
import { storeEntries } from '../journal/store-entries.ts';
import { journalPublished, publish } from './publish.ts';

// Journals and records of deployments whose workflow can no longer write them.

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
