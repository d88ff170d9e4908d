import { fieldsOf } from '../../domain/base/fields.ts';
import { onQuery } from '../engine/handlers.ts';
import type { DeploymentRun } from './run.ts';

/** One answer has at most so many entries; whoever wants more asks again. */
const max = 500;

/**
 * Answers the query `journal-batch` with a `JournalBatch`: what the journal has beyond `after`, ready to be stored. What was
 * journaled last may ride on nothing for days.
 */
export function answerJournalBatch(run: DeploymentRun): void {
  onQuery('journal-batch', (raw) => {
    const { after } = fieldsOf(raw);
    const from = typeof after === 'number' ? after : 0;
    return { deployment: run.id, entries: run.shown.journal.slice(from, from + max), row: run.row() };
  });
}
