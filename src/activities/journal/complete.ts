import { GantryError } from '../../domain/base/errors.ts';
import { deploymentWorkflowId, parseDeploymentId } from '../../domain/base/ids.ts';
import type { JournalEntry } from '../../domain/journal/entries.ts';
import { wholeJournal } from '../../domain/journal/whole.ts';
import { keepWhole } from '../../store/index.ts';
import type { ActivityDeps } from '../deps.ts';

type Parts = Pick<ActivityDeps, 'store' | 'journals'>;

/**
 * The store's journal of a deployment up to `lastSeq`. A store that has lost entries, as one that failed over or was
 * restored, gets all of them again from Temporal first. Throws `journal-gap` where that does not tell them either.
 */
export async function completeJournal(
  deps: Parts,
  deployment: string,
  lastSeq?: number,
): Promise<readonly JournalEntry[]> {
  try {
    return await wholeJournal(deps.store, deployment, lastSeq);
  } catch (error) {
    if (!(error instanceof GantryError && error.code === 'journal-gap')) throw error;
    await bringWhole(deps, deployment);
    return wholeJournal(deps.store, deployment, lastSeq);
  }
}

/** Keeps all that Temporal tells of a deployment; nothing where it tells nothing. */
async function bringWhole({ store, journals }: Parts, deployment: string): Promise<void> {
  const name = parseDeploymentId(deployment);
  const told = name && (await journals.whole(deploymentWorkflowId(name.service, name.environment, name.number)));
  if (told) await keepWhole(store, told);
}
