import type { Outcome } from '../domain/journal.ts';
import { hearersOf, notificationFor } from '../domain/notification.ts';
import type { StakeholderEvent } from '../domain/policy/stakeholders.ts';
import type { Asked, Delivery, NotifyInput } from '../domain/ports/notification.ts';
import { bookkeeping } from './activity-options.ts';
import type { DeploymentRun } from './run.ts';
import { rootMessage } from './stopped.ts';

/** Tells everybody who wants to hear of an event and journals each delivery. Trouble is a deviation, never an error. */
export async function tell(
  run: DeploymentRun,
  event: StakeholderEvent,
  what?: string | Asked,
  outcome?: Outcome,
): Promise<void> {
  const notification = notificationOf(run, event, what, outcome);
  if (!notification) return;
  try {
    journalDeliveries(run, event, await bookkeeping.notify(notification));
  } catch (error) {
    run.throwIfStopped();
    run.deviation('not-delivered', 'minor', `${event} was not delivered: ${rootMessage(error as Error)}`);
  }
}

/** Who is told of an event, and what; null when nobody wants to hear of it. */
export function notificationOf(
  run: DeploymentRun,
  event: StakeholderEvent,
  what?: string | Asked,
  outcome?: Outcome,
): NotifyInput | null {
  const to = hearersOf(run.plan.policy.stakeholders, event);
  if (to.length === 0) return null;
  const said = notificationFor(run.plan, run.planDigest, run.state, event, what, outcome);
  return { notification: { ...said, at: new Date().toISOString() }, to };
}

export function journalDeliveries(run: DeploymentRun, event: StakeholderEvent, deliveries: readonly Delivery[]): void {
  for (const { stakeholder, how, delivered, summary } of deliveries)
    run.append({ type: 'notified', event, stakeholder, how, delivered, summary });
  const missed = deliveries.filter(({ delivered }) => !delivered);
  if (missed.length > 0)
    run.deviation(
      'not-delivered',
      'minor',
      `${event} was not delivered to ${missed.map((one) => one.stakeholder).join(', ')}`,
    );
}
