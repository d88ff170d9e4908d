import { hasCode } from '../../domain/base/errors.ts';
import type { JournalBatch } from '../../domain/journal/batch.ts';
import type { ActivityDeps } from '../deps.ts';
import { raiseAlarm } from '../trust/alarm.ts';

/**
 * Writes entries of a deployment to the store. Throws `journal-conflict` where the store has other bytes under one of their
 * numbers, and pages: some worker carries the deployment out with other code than the one that wrote them. Where the first
 * run has other entries, the store keeps nothing of a run that a reset has made: such a run may do nothing. `runId`: the run
 * that sends them, where one does.
 */
export async function storeEntries(deps: ActivityDeps, batch: JournalBatch, runId?: string): Promise<void> {
  try {
    await deps.store.appendJournal(batch);
  } catch (error) {
    if (hasCode(error, 'journal-conflict')) {
      if (batch.firstRunId !== undefined && runId !== undefined && runId !== batch.firstRunId) return;
      const { service, environment } = batch.row;
      await raiseAlarm(deps, { target: `${service}/${environment}`, code: error.code, detail: error.message });
    }
    throw error;
  }
}
