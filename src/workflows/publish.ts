import { bookkeeping } from './activity-options.ts';
import { tell } from './notify.ts';
import type { DeploymentRun } from './run.ts';
import { rootMessage } from './stopped.ts';

/**
 * Brings entries into the store until what is left rides on the next activity; with `everything`, until nothing is
 * left (there is no next activity then).
 */
export async function storeAll(run: DeploymentRun, until: 'fits-on-one' | 'everything' = 'fits-on-one'): Promise<void> {
  const isDone = () => (until === 'everything' ? run.outbox.isEmpty : run.outbox.fitsOnOne);
  while (!isDone()) await bookkeeping.storeJournal();
}

/** Publishes the record of the journal so far; what cannot be published is a deviation and a page. */
export async function publishRecord(run: DeploymentRun, state: 'draft' | 'final'): Promise<void> {
  try {
    await storeAll(run);
    const published = await bookkeeping.publish({
      deployment: run.id,
      plan: run.planDigest,
      state,
      lastSeq: run.state.seq,
    });
    run.append({ type: 'record-published', state, ...published });
  } catch (error) {
    run.throwIfStopped();
    run.deviation('record-late', 'minor', `the ${state} record could not be published: ${rootMessage(error as Error)}`);
    await tell(run, 'page', `The ${state} record could not be published.`);
  }
}
