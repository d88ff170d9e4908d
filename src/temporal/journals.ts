import type { Client, WorkflowHandle } from '@temporalio/client';
import { canonicalJson, digestOfJson } from '../domain/base/canonical-json.ts';
import { GantryError } from '../domain/base/errors.ts';
import { isWorkflowOf } from '../domain/base/ids.ts';
import type { WholeDeployment } from '../domain/deployment/history.ts';
import { deploymentRowOf } from '../domain/deployment/row.ts';
import type { JournalBatch } from '../domain/journal/batch.ts';
import type { JournalEntry } from '../domain/journal/entries.ts';
import type { Journals } from '../domain/ports/temporal.ts';
import { answerMs } from './answer-time.ts';
import { nullIfUnknown } from './failures.ts';
import { deploymentIn } from './histories.ts';

/** What a deployment's workflow has in its journal beyond `after`. Throws as queries do. */
export function askForRest(handle: Pick<WorkflowHandle, 'query'>, after: number): Promise<JournalBatch> {
  return handle.query<JournalBatch, [{ readonly after: number }]>('journal-batch', { after });
}

/** The caller has the history by then, and can do without the entries that only the workflow has. */
const beyondMs = 1_500;

/** Journals as their workflows have them, for a worker. */
export function createJournals(client: Client): Journals {
  return {
    async rest(workflowId, after) {
      const handle = client.workflow.getHandle(workflowId);
      const batch = await client.withDeadline(Date.now() + answerMs, () => askForRest(handle, after));
      if (!isOwn(batch, workflowId))
        throw new GantryError('forbidden', `Only ${batch.deployment} itself writes its journal.`);
      return batch;
    },
    whole: (workflowId) => client.withDeadline(Date.now() + answerMs, () => wholeDeployment(client, workflowId)),
  };
}

/**
 * All that Temporal has of a deployment: its history, which needs neither a worker nor its code, and what the workflow has
 * beyond that, where it answers and goes on from the same entries. Null: Temporal does not know it (any more). Of a
 * deployment that was reset only the first run counts, since what a later one answers is not its journal.
 */
export function wholeDeployment(client: Client, workflowId: string): Promise<WholeDeployment | null> {
  return nullIfUnknown(async () => {
    const newest = client.workflow.getHandle(workflowId);
    const { runId, raw } = await newest.describe();
    const firstRunId = raw.workflowExecutionInfo?.firstRunId || runId;
    const history = await client.workflow.getHandle(workflowId, firstRunId).fetchHistory();
    const found = await deploymentIn(history, client.options.loadedDataConverter);
    // A workflow that somebody started by hand may claim to be any deployment.
    if (!found || !isWorkflowOf(found.id, workflowId) || digestOfJson(found.plan) !== found.planDigest) return null;
    const told = firstRunId === runId ? await toldBy(client, newest, found.journal) : null;
    const journal = told?.journal ?? found.journal;
    const isWhole = found.isWhole || told !== null;
    return { ...found, isWhole, journal, row: told?.row ?? deploymentRowOf(found, journal) };
  });
}

/** A workflow's own journal, where it goes on from what is `known`; null where no worker answers, or the workflow answers otherwise. */
async function toldBy(client: Client, handle: WorkflowHandle, known: readonly JournalEntry[]) {
  const told: JournalEntry[] = [];
  try {
    for (;;) {
      const ask = () => askForRest(handle, told.length);
      const batch = await client.withDeadline(Date.now() + beyondMs, ask);
      if (!isOwn(batch, handle.workflowId)) return null;
      told.push(...batch.entries);
      if (told.length < batch.row.lastSeq && batch.entries.length > 0) continue;
      const goesOn = canonicalJson(told.slice(0, known.length)) === canonicalJson(known);
      return goesOn ? { journal: told, row: batch.row } : null;
    }
  } catch {
    return null;
  }
}

function isOwn({ deployment, row }: JournalBatch, workflowId: string): boolean {
  return row.id === deployment && isWorkflowOf(deployment, workflowId);
}
