import { defineQuery, workflowInfo } from '@temporalio/workflow';
import { fieldsOf } from '../../domain/base/fields.ts';
import { type Status, statusOf } from '../../domain/deployment/status.ts';
import type { JournalBatch } from '../../domain/journal/batch.ts';
import type { JournalEntry } from '../../domain/journal/entries.ts';
import { onQuery, refusal } from '../engine/updates-and-queries.ts';
import type { DeploymentRun } from './run.ts';

/** What became of an abort, for a sender of a signal, which has no answer. */
export type MetByAbort = 'taken' | 'ended' | 'too-late' | 'none-came';

export const abortQuery = defineQuery<MetByAbort>('abort');

export const statusQuery = defineQuery<Status, [string | undefined]>('status');

export const journalQuery = defineQuery<readonly JournalEntry[], [{ readonly after: number; readonly limit: number }]>(
  'journal',
);

/** One answer has at most so many entries. */
const maxAnswered = 500;

/** Answers what a deployment is asked: its status, its journal, and what an abort would meet. */
export function answerQueries(run: DeploymentRun): void {
  onQuery(statusQuery.name, (raw) => {
    const place = { id: run.id, workflowId: workflowInfo().workflowId, number: run.number };
    // While people are notified of the end, no message is accepted any more.
    return statusOf(run.plan, run.planDigest, run.shown.state, place, viewerIn(raw, run.isDecided));
  });
  onQuery(abortQuery.name, () => metByAbort(run));
  onQuery(journalQuery.name, (raw) => {
    const { after, limit } = rangeIn(raw);
    return run.shown.journal.slice(after, after + Math.min(limit, maxAnswered));
  });
  // What the journal has beyond `after`, ready to be stored: what was journaled last may ride on nothing for days.
  onQuery('journal-batch', (raw): JournalBatch => {
    const { after } = fieldsOf(raw);
    const from = typeof after === 'number' ? after : 0;
    return { deployment: run.id, entries: run.shown.journal.slice(from, from + maxAnswered), row: run.row() };
  });
}

function viewerIn(raw: unknown, isDecided: boolean): string | null {
  if (typeof raw !== 'string' && raw !== undefined && raw !== null)
    throw refusal('malformed', 'The viewer is a subject.');
  return isDecided ? null : (raw ?? null);
}

/** What becomes of an abort: taken, as far as one has come; else what it would meet. */
function metByAbort({ state, isDecided }: DeploymentRun): MetByAbort {
  if (state.isAborted) return 'taken';
  if (isDecided || state.outcome !== null) return 'ended';
  return state.confirmed ? 'too-late' : 'none-came';
}

function rangeIn(raw: unknown): { readonly after: number; readonly limit: number } {
  const { after, limit } = fieldsOf(raw);
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!isCount(after) || !isCount(limit)) throw refusal('malformed', 'after and limit are whole numbers.');
  return { after, limit };
}
