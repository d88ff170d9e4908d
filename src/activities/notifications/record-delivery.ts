import { GantryError } from '../../domain/errors.ts';
import { fitEntry } from '../../domain/fit-entry.ts';
import { deliveryWorkflowId, isWorkflowOf } from '../../domain/ids.ts';
import type { DeliveryEnd, EntryOf, JournalEntry } from '../../domain/journal.ts';
import type { RecordDeliveryInput } from '../../domain/ports/notification.ts';
import { knownDeployment, publishAfterEnd } from '../after-end.ts';
import type { ActivityDeps } from '../deps.ts';

/**
 * Writes how a delivery ended into the journal of a deployment that has ended, once, and publishes its record again;
 * answers why the file of that could not be written, or null. A deployment that still runs has heard of it itself. What
 * counts is how the delivery's own workflow ended, which that deployment has started. Throws `not-ready` while either is
 * about to close.
 */
export async function recordDelivery(
  deps: ActivityDeps,
  { deployment, delivery }: RecordDeliveryInput,
): Promise<string | null> {
  const found = await deps.histories.left(deliveryWorkflowId(delivery), 'delivery');
  if (!found || found.parent === null || !isWorkflowOf(deployment, found.parent)) return null;
  if (found.isRunning) throw new GantryError('not-ready', `Delivery ${delivery} is about to close.`);
  const end = found.end as DeliveryEnd | null;
  if (!end || end.delivery !== delivery) return null;
  const known = await knownDeployment(deps, deployment);
  if (!known || known.journal.length === 0) return null;
  const { journal } = known;
  if (journal.some((entry) => entry.type === 'delivery-ended' && entry.delivery === delivery)) return null;
  const body: EntryOf<'delivery-ended'> = { type: 'delivery-ended', ...end };
  const entry: JournalEntry = { v: 1, seq: journal.length + 1, at: end.lastAt, ...fitEntry(body) };
  try {
    return (await publishAfterEnd(deps, known, [...journal, entry])).notExported;
  } catch (error) {
    if (error instanceof GantryError && error.code === 'too-early') return null;
    throw error;
  }
}
