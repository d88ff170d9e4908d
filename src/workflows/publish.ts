import type { StakeholderEvent } from '../domain/policy/policy.ts';
import { publishing } from './activity-options.ts';
import { journalDeliveries, notificationOf, tell } from './notify.ts';
import type { DeploymentRun } from './run.ts';
import { rootMessage } from './stopped.ts';

/**
 * Brings entries into the store until what is left rides on the next activity; with `everything`, until nothing is
 * left (there is no next activity then).
 */
export async function storeAll(run: DeploymentRun, until: 'fits-on-one' | 'everything' = 'fits-on-one'): Promise<void> {
  const isDone = () => (until === 'everything' ? run.outbox.isEmpty : run.outbox.fitsOnOne);
  while (!isDone()) await publishing.storeJournal();
}

/** Publishes a draft of the record, and tells those who wait for the news of it. */
export async function publishDraft(run: DeploymentRun, event: StakeholderEvent, what: string): Promise<void> {
  try {
    await storeAll(run);
    const input = { ...inputOf(run, 'draft'), notify: notificationOf(run, event, what), closing: null };
    const { path, digest, deliveries } = await publishing.publish(input);
    run.append({ type: 'record-published', state: 'draft', path, digest });
    journalDeliveries(run, event, deliveries);
  } catch (error) {
    await late(run, 'draft', error);
    await tell(run, event, what);
  }
}

/** How often the final record is tried to be published, each time for as long as {@link publishing} allows. */
const tries = 7;

/**
 * Publishes the record of a journal that has ended; the first failure is paged. `record-published` is its last entry,
 * stored with the record.
 */
export async function publishFinal(run: DeploymentRun): Promise<void> {
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    try {
      await storeAll(run);
      const seq = run.state.seq + 1;
      const at = new Date().toISOString();
      const closing = { seq, at, row: run.row() };
      const { path, digest } = await publishing.publish({ ...inputOf(run, 'final'), notify: null, closing });
      run.append({ type: 'record-published', state: 'final', path, digest }, at);
      run.outbox.stored(seq);
      return;
    } catch (error) {
      if (attempt === 1) await late(run, 'final', error);
    }
  }
}

function inputOf(run: DeploymentRun, state: 'draft' | 'final') {
  return { deployment: run.id, plan: run.planDigest, state, lastSeq: run.state.seq };
}

/** What cannot be published is a deviation and a page, never another outcome. */
async function late(run: DeploymentRun, state: 'draft' | 'final', error: unknown): Promise<void> {
  run.throwIfStopped();
  run.deviation('record-late', 'minor', `the ${state} record could not be published: ${rootMessage(error as Error)}`);
  await tell(run, 'page', `The ${state} record could not be published.`);
}
