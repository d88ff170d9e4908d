import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { waitMs } from '../../domain/ports/delivery-waits.ts';
import type { Delivered, DeliverInput } from '../../domain/ports/notification.ts';
import type { ActivityDeps } from '../deps.ts';

/**
 * One more attempt at one delivery. Throws `not-delivered` where it may arrive another time, which Temporal then makes
 * after the wait of {@link waitMs}: the deployment's own attempt was the first.
 */
export async function deliverAgain(
  { notify, now }: Pick<ActivityDeps, 'notify' | 'now'>,
  { notification, to }: DeliverInput,
): Promise<Delivered> {
  const { attempt, scheduledTimestampMs, scheduleToCloseTimeoutMs } = Context.current().info;
  const at = new Date(now()).toISOString();
  const [delivery] = await notify({ notification, to: [to] });
  if (!delivery) throw ApplicationFailure.nonRetryable('No channel was named.', 'malformed');
  const delivered: Delivered = { delivery, attempts: attempt, at };
  if (!delivery.again) return delivered;
  const leftMs = scheduledTimestampMs + scheduleToCloseTimeoutMs - now();
  throw ApplicationFailure.create({
    type: 'not-delivered',
    message: delivery.summary,
    details: [delivered],
    nextRetryDelay: waitMs(attempt + 1, delivery.again.afterMs, Math.random(), leftMs),
  });
}
