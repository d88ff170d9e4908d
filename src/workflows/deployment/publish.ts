import type { StakeholderEvent } from '../../domain/kinds/notification.ts';
import { activities } from '../engine/activities.ts';
import { rootMessage } from '../engine/failures.ts';
import { exportLater } from '../record-export.ts';
import { journalDeliveries, notificationOf, notify, send } from './notify.ts';
import type { DeploymentRun } from './run.ts';

/**
 * Brings entries into the store until what is left rides on the next activity; with `everything`, until nothing is
 * left (there is no next activity then).
 */
export async function storeAll(run: DeploymentRun, until: 'fits-on-one' | 'everything' = 'fits-on-one'): Promise<void> {
  const isDone = () => (until === 'everything' ? run.outbox.isEmpty : run.outbox.fitsOnOne);
  while (!isDone()) await activities.storeJournal();
}

/** Publishes a draft of the record, and notifies stakeholders of the event with it. */
export async function publishDraft(run: DeploymentRun, event: StakeholderEvent, what: string): Promise<void> {
  const notify = notificationOf(run, event, what);
  const published = await storeAll(run)
    .then(() => activities.publish({ ...inputOf(run, 'draft'), notify, closing: null }))
    .catch((error: Error) => rootMessage(error));
  if (typeof published === 'string') {
    await late(run, 'draft', published);
    // An attempt that was lost may have notified people already: who gets it twice gets the same.
    return send(run, notify);
  }
  const { path, digest, notExported, deliveries } = published;
  run.append({ type: 'record-published', state: 'draft', path, digest });
  journalDeliveries(run, notify, deliveries);
  if (notExported !== null) await noFile(run, notExported);
}

/** How often the final record is tried to be published, each time for as long as {@link publishing} allows. */
const tries = 7;

/**
 * Publishes the record of a journal that has ended; the first failure is paged. `record-published` is its last entry,
 * stored with the record. The file is an export: where the folder does not take it, nothing waits for that.
 */
export async function publishFinal(run: DeploymentRun): Promise<void> {
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    try {
      await storeAll(run);
      const seq = run.state.seq + 1;
      const at = new Date().toISOString();
      const closing = { seq, at, row: run.row() };
      const { path, digest, notExported } = await activities.publish({
        ...inputOf(run, 'final'),
        notify: null,
        closing,
      });
      const hasPaged = run.journal.some((entry) => entry.type === 'deviation' && entry.code === 'record-late');
      run.append({ type: 'record-published', state: 'final', path, digest }, at);
      run.outbox.stored(seq);
      if (notExported !== null) await leaveExport(run, hasPaged ? null : notExported);
      return;
    } catch (error) {
      if (attempt === 1) await late(run, 'final', rootMessage(error));
    }
  }
}

function inputOf(run: DeploymentRun, state: 'draft' | 'final') {
  return { deployment: run.id, plan: run.planDigest, state, lastSeq: run.state.seq };
}

/** The journal is closed by then, so that the page itself is not journaled. `why`: null where people have been paged. */
async function leaveExport(run: DeploymentRun, why: string | null): Promise<void> {
  await exportLater(run.id);
  if (why === null) return;
  await notify(
    run,
    'page',
    `The file of the record could not be written; that is tried again for a day. The record itself is published: ${why}`,
  );
}

/** The final one is written to the same folder, and people have been notified by then. */
async function noFile(run: DeploymentRun, why: string): Promise<void> {
  run.throwIfStopped();
  run.deviation('record-late', 'minor', `the file of the draft record could not be written: ${why}`);
  await notify(run, 'page', 'The file of the draft record could not be written.');
}

/** What cannot be published is a deviation and a page, never another outcome. */
async function late(run: DeploymentRun, state: 'draft' | 'final', why: string): Promise<void> {
  run.throwIfStopped();
  run.deviation('record-late', 'minor', `the ${state} record could not be published: ${why}`);
  await notify(run, 'page', `The ${state} record could not be published.`);
}
