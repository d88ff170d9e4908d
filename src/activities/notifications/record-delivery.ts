import { GantryError, insteadOf } from '../../domain/base/errors.ts';
import { deliveryWorkflowId, isWorkflowOf } from '../../domain/base/ids.ts';
import { deliveryEndOf, endedFromOutside } from '../../domain/journal/deliveries.ts';
import { type Entry, entriesOf } from '../../domain/journal/entries.ts';
import { type DeliveryResult } from '../../domain/journal/values.ts';
import type { DeliveryRecorded, RecordDeliveryInput } from '../../domain/ports/notification.ts';
import { deliveryResultIn } from '../../domain/ports/received.ts';
import type { ActivityDeps } from '../deps.ts';
import { knownDeployment } from '../journal/known-deployment.ts';
import { entriesAfter, publishAfterEnd, timeAfter } from '../records/after-end.ts';

const over: DeliveryRecorded = { isOver: true, notExported: null };
const later: DeliveryRecorded = { isOver: false, notExported: null };

/**
 * Writes how a delivery ended into the journal of a deployment that has ended and had left it open, once, and publishes its
 * record again, also where an earlier attempt was lost in between. That journal
 * has whom it was to reach, and with what; its result comes from the delivery's own workflow, which that deployment has
 * started. Throws `not-ready` while a deployment, or a delivery whose end was signalled, is about to close.
 */
export async function recordDelivery(
  deps: ActivityDeps,
  { deployment, delivery, isSaid }: RecordDeliveryInput,
): Promise<DeliveryRecorded> {
  const known = await knownDeployment(deps, deployment);
  const { journal } = known ?? { journal: [] };
  const ended = journal.find(({ type }) => type === 'ended');
  if (!known || !ended) return later;
  const first = entriesOf(journal, 'notified').find((entry) => entry.delivery === delivery);
  const written = entriesOf(journal, 'delivery-ended').find((entry) => entry.delivery === delivery);
  // Nothing was left open, or the deployment has journaled its end itself.
  if (!first || (written && written.seq < ended.seq)) return over;
  if (written) return publish(deps, known, journal);
  const end = await endOf(deps, deployment, delivery, first);
  if (!end && isSaid) throw new GantryError('not-ready', `Delivery ${delivery} is about to close.`);
  if (!end) return later;
  const became = deliveryEndOf({ ...first, delivery }, end.result);
  const entry = { type: 'delivery-ended', ...became, at: timeAfter(journal, end.at) } as const;
  return publish(deps, known, [...journal, ...entriesAfter(journal, [entry])]);
}

function publish(...input: Parameters<typeof publishAfterEnd>): Promise<DeliveryRecorded> {
  const published = publishAfterEnd(...input).then((notExported) => ({ isOver: true, notExported }));
  return published.catch(insteadOf('too-early', later));
}

/** How it came out, and when its workflow ended (ISO 8601); null while it goes on. */
async function endOf(
  { histories, now }: ActivityDeps,
  deployment: string,
  delivery: string,
  first: Entry<'notified'>,
): Promise<{ readonly result: DeliveryResult; readonly at: string } | null> {
  const found = await histories.left(deliveryWorkflowId(delivery), 'delivery');
  const lost = (why: string, at: string) => ({ result: endedFromOutside(first, why, at), at });
  if (!found) return lost('Temporal does not know it any more', new Date(now()).toISOString());
  if (found.parent === null || !isWorkflowOf(deployment, found.parent))
    return lost('another workflow has its id', found.ended?.at ?? new Date(now()).toISOString());
  if (!found.ended) return null;
  const { how, at } = found.ended;
  const result = deliveryResultIn(found.end);
  return result ? { result, at } : lost(how, at);
}
