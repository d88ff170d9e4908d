import { hasCode } from '../../domain/base/errors.ts';
import { workflowOfDeployment } from '../../domain/base/ids.ts';
import type { JournalEntry } from '../../domain/journal/entries.ts';
import { wholeJournal } from '../../domain/journal/whole.ts';
import { keepWhole } from '../../store/whole.ts';
import type { ActivityDeps } from '../deps.ts';

/**
 * The store's journal of a deployment up to `lastSeq`. A store that has lost entries, as one that failed over or was
 * restored, gets all of them again from Temporal first. Throws `journal-gap` where Temporal does not have them either.
 */
export async function completeJournal(
  { store, journals }: Pick<ActivityDeps, 'store' | 'journals'>,
  deployment: string,
  lastSeq?: number,
): Promise<readonly JournalEntry[]> {
  try {
    return await wholeJournal(store, deployment, lastSeq);
  } catch (error) {
    if (!hasCode(error, 'journal-gap')) throw error;
    const workflowId = workflowOfDeployment(deployment);
    const known = workflowId && (await journals.whole(workflowId));
    if (known) await keepWhole(store, known);
    return wholeJournal(store, deployment, lastSeq);
  }
}
