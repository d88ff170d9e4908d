import { CancellationScope, CancelledFailure, sleep, TerminatedFailure, TimeoutFailure } from '@temporalio/workflow';
import { deliveryWorkflowId } from '../../domain/base/ids.ts';
import { deliveryId } from '../../domain/deployment/notification-words.ts';
import { deliveryEndOf, endedFromOutside } from '../../domain/journal/deliveries.ts';
import type { DeliveryEnd, DeliveryResult } from '../../domain/journal/values.ts';
import type { Delivery, NotifyInput } from '../../domain/kinds/notification.ts';
import { deliveredWithinMs, waitMs } from '../../domain/ports/delivery-waits.ts';
import type { DeliverInput } from '../../domain/ports/notification.ts';
import { deliveryResultIn, isDeliveryInput } from '../../domain/ports/received.ts';
import { deliver } from '../engine/bounds-by-plan.ts';
import { deliveryEndedSignal, signalTarget } from '../engine/internal-signals.ts';
import { startOutliving } from '../engine/outliving.ts';
import { refusal } from '../engine/updates-and-queries.ts';
import { givenUp } from './given-up.ts';

export interface DeliveryInput extends DeliverInput {
  /** As the first attempt left it. */
  readonly first: Delivery;
}

/**
 * Delivers one notification on one way to one stakeholder, for a day, under the id of its first attempt. Its end is the
 * result, for the workflow that started it, and the target is signalled: it writes the journals of deployments that are over
 * by then.
 */
export async function delivery(input: DeliveryInput): Promise<DeliveryResult> {
  if (!isDeliveryInput(input)) throw refusal('malformed', 'This is no delivery.');
  const { notification, first } = input;
  const result = await tryAgain(input).catch((error: Error) => givenUp(first, error, new Date().toISOString()));
  const { service, environment, deployment } = notification;
  if (service !== null && environment !== null)
    await CancellationScope.nonCancellable(() =>
      signalTarget({ service, environment }, deliveryEndedSignal, { deployment, delivery: first.id }),
    );
  return result;
}

async function tryAgain({ notification, to, first }: DeliveryInput): Promise<DeliveryResult> {
  const startedAt = Date.now();
  const wait = waitMs(1, first.again?.afterMs ?? null, Math.random(), deliveredWithinMs);
  await sleep(wait, { summary: 'Wait before the next attempt' });
  const left = deliveredWithinMs - (Date.now() - startedAt);
  const { delivery: last, attempts, at } = await deliver(`Notify ${first.stakeholder}`, left, { notification, to });
  const { how, delivered, summary } = last;
  return { how, delivered, summary: delivered ? summary : `refused: ${summary}`.slice(0, 300), attempts, lastAt: at };
}

/**
 * Leaves what did not arrive to workflows of their own, which outlive the one that starts them. Resolves once they
 * have been started; `ended` is called with each end, also with one that was brought about from outside.
 */
export async function deliverLater(
  { notification, to }: NotifyInput,
  missed: readonly Delivery[],
  ended: (end: DeliveryEnd) => void = () => {},
): Promise<void> {
  const ways = to.flatMap((one) => one.channels.map((channel) => ({ ...one, channels: [channel] })));
  await Promise.all(
    missed.map(async (first) => {
      const way = ways.find(({ name, channels: [channel] }) =>
        channel ? deliveryId(notification.id, name, channel) === first.id : false,
      );
      if (!way) return;
      const input = { notification, to: way, first };
      const staticSummary = `Notify ${first.stakeholder} of ${notification.deployment}: ${notification.event}`;
      const workflowId = deliveryWorkflowId(first.id);
      const handle = await startOutliving(delivery, input, { workflowId, staticSummary });
      const of = { ...first, delivery: first.id, event: notification.event };
      const outside = (why: string) => endedFromOutside(first, why, new Date().toISOString());
      void handle?.result().then(
        (answer) => ended(deliveryEndOf(of, deliveryResultIn(answer) ?? outside('an answer that nobody can read'))),
        (error: Error) => ended(deliveryEndOf(of, outside(endOf(error)))),
      );
    }),
  );
}

function endOf({ cause }: Error): string {
  if (cause instanceof TerminatedFailure) return 'terminated';
  if (cause instanceof CancelledFailure) return 'cancelled';
  return cause instanceof TimeoutFailure ? 'timed out' : 'failed';
}
