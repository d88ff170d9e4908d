import { defineQuery, setHandler } from '@temporalio/workflow';
import type { JournalBatch } from '../../domain/journal/batch.ts';
import type { DeploymentRun } from './run.ts';

const restQuery = defineQuery<JournalBatch, [{ readonly after: number }]>('rest');

/** One answer has at most so many entries; whoever wants more asks again. */
const max = 500;

/** Tells what the journal has beyond a number, ready to be stored: what was said last may ride on nothing for days. */
export function answerRest(run: DeploymentRun): void {
  setHandler(restQuery, ({ after }) => ({
    deployment: run.id,
    entries: run.shown.journal.slice(after, after + max),
    row: run.row(),
  }));
}
