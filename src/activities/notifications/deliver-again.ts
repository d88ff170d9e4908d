import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Delivered, DeliverInput } from '../../domain/ports/notification.ts';
import type { ActivityDeps } from '../deps.ts';

/** The wait after the first attempt of this activity, and the longest one, in milliseconds. */
const firstWaitMs = 5_000;
const longestWaitMs = 600_000;

/**
 * One more attempt at one delivery. Throws `not-delivered` where it may arrive another time: Temporal makes the next
 * attempt after the time that the other side asked for, else after a wait that doubles, each somewhere between its half
 * and its whole, so that many do not come back at the same moment.
 */
export async function deliverAgain(
  { notify, now }: Pick<ActivityDeps, 'notify' | 'now'>,
  { notification, to }: DeliverInput,
): Promise<Delivered> {
  const { attempt } = Context.current().info;
  const at = new Date(now()).toISOString();
  const [delivery] = await notify({ notification, to: [to] });
  if (!delivery) throw ApplicationFailure.nonRetryable('No way to tell anybody was named.', 'malformed');
  const delivered: Delivered = { delivery, attempts: attempt, at };
  if (!delivery.again) return delivered;
  throw ApplicationFailure.create({
    type: 'not-delivered',
    message: delivery.summary,
    details: [delivered],
    nextRetryDelay: waitMs(attempt, delivery.again.afterMs, Math.random()),
  });
}

/** How long to wait after an attempt, in milliseconds. `random`: from 0 to 1. */
export function waitMs(attempt: number, askedMs: number | null, random: number): number {
  const usual = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(attempt - 1, 20));
  return Math.round(askedMs ?? usual * (0.5 + random / 2));
}
