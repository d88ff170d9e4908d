import type { Outcome } from '../../domain/base/phases.ts';
import { allMissed, hearersOf, notificationFor } from '../../domain/deployment/notification-words.ts';
import { firstWays, notifiedEntries, wantedByPage } from '../../domain/journal/paging.ts';
import { type Asked, type Delivery, type NotifyInput, type StakeholderEvent } from '../../domain/kinds/notification.ts';
import { notifyResultIn } from '../../domain/ports/notification.ts';
import { activities } from '../engine/activities.ts';
import { rootMessage } from '../engine/failures.ts';
import { deliverLater } from '../notifications/delivery.ts';
import type { ActingRun } from './acting.ts';

/** Notifies all who subscribe to an event and journals each delivery. Trouble is a deviation, never an error. */
export async function notify(
  run: ActingRun,
  event: StakeholderEvent,
  what?: string | Asked,
  outcome?: Outcome,
): Promise<void> {
  await send(run, notificationOf(run, event, what, outcome));
}

/** The same beside whatever else the deployment does: nothing waits for it but the end. */
export function notifyInBackground(run: ActingRun, event: StakeholderEvent, what: string | Asked): void {
  run.track(() => notify(run, event, what));
}

/** The same with a notification made before: however often it is sent, it is one, under its id. */
export async function send(run: ActingRun, notification: NotifyInput | null): Promise<void> {
  if (!notification) return;
  try {
    const { deliveries, refused } = notifyResultIn(await activities.notify(notification));
    if (!run.hasEnded)
      for (const { message, by, code, detail, ...counted } of refused)
        run.append({ type: 'message-refused', message, by, via: 'api', code, detail, counted });
    journalDeliveries(run, notification, deliveries);
  } catch (error) {
    run.throwIfStopped();
    journalDeliveries(run, notification, allMissed(notification, rootMessage(error)));
  }
}

/** The notification of an event and its recipients; null when nobody subscribes to it. */
export function notificationOf(
  run: ActingRun,
  event: StakeholderEvent,
  what?: string | Asked,
  outcome?: Outcome,
): NotifyInput | null {
  const to = hearersOf(run.plan.policy.stakeholders, event);
  if (to.length === 0) return null;
  const said = notificationFor(run.plan, run.planDigest, run.state, event, what, outcome);
  const notification = { ...said, at: new Date().toISOString() };
  // The last chance to read the store before the journal ends.
  if (event === 'ended') return { notification, to, withRefused: true };
  if (event !== 'page') return { notification, to };
  // A page goes by everybody's first way; what is not acknowledged goes on.
  const { acknowledgeWithinMs } = run.plan.policy.paging;
  const wanted = wantedByPage(notification, Date.now(), acknowledgeWithinMs);
  return { notification: { ...notification, wanted, page: run.pages.next() }, to: firstWays(to) };
}

/**
 * Journals what became of a notification, unless the journal has ended; what may arrive another time is tried again beside
 * the deployment.
 */
export function journalDeliveries(run: ActingRun, input: NotifyInput | null, deliveries: readonly Delivery[]): void {
  if (!input) return;
  const later = deliveries.filter(({ again }) => again !== null);
  if (later.length > 0)
    // What stops the deployment stops no delivery. Ends that come after its own are for its target to write.
    run.track(() =>
      deliverLater(input, later, (end) => run.hasEnded || run.append({ type: 'delivery-ended', ...end })),
    );
  const { event, page } = input.notification;
  const of = page === undefined ? { event } : { event, page, round: 1 };
  if (!run.hasEnded) for (const entry of notifiedEntries(of, deliveries)) run.append(entry);
  if (page !== undefined) run.pages.open(input, page, deliveries);
  if (run.hasEnded) return;
  const missed = deliveries.filter(({ delivered }) => !delivered).map(({ stakeholder }) => stakeholder);
  const atOnce = later.length === missed.length ? ' at once' : '';
  if (missed.length > 0)
    run.deviation('not-delivered', 'minor', `${event} was not delivered${atOnce} to ${missed.join(', ')}`);
}
