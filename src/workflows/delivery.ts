import {
  ApplicationFailure,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { deliveryWorkflowId, targetWorkflowId } from '../domain/ids.ts';
import type { DeliveryEnd } from '../domain/journal.ts';
import type { Delivered, DeliverInput, Delivery, NotifyInput } from '../domain/ports/notification.ts';
import { deliver } from './activity-options.ts';
import { rootMessage } from './stopped.ts';
import { deliveryEndedSignal } from './target-signals.ts';

/** So long a delivery is tried, in milliseconds: whoever has not been reached by then hears of it elsewhere. */
const forMs = 24 * 3_600_000;
/** The first attempt has just failed. */
const firstWaitMs = 5_000;

export interface DeliveryInput extends DeliverInput {
  /** As the first attempt left it. */
  readonly first: Delivery;
}

/**
 * Delivers one notification on one way to one stakeholder, for a day, under the id of its first attempt. Its end is the
 * result, for whoever started it, and the target hears that there is one: it writes the journals of deployments that are
 * over by then.
 */
export async function delivery({ notification, to, first }: DeliveryInput): Promise<DeliveryEnd> {
  const { id, stakeholder, how } = first;
  const { service, environment } = notification;
  const startedAt = Date.now();
  await sleep(Math.min(first.again?.afterMs ?? firstWaitMs, forMs), { summary: 'Wait before the next attempt' });
  const last = await deliver(`Tell ${stakeholder}`, forMs - (Date.now() - startedAt), { notification, to }).then(
    ({ delivery: { delivered, summary }, attempts, at }) => ({ delivered, summary, attempts, lastAt: at }),
    (error: Error) => givenUp(error),
  );
  if (service !== null && environment !== null)
    await getExternalWorkflowHandle(targetWorkflowId(service, environment))
      .signal(deliveryEndedSignal, { deployment: notification.deployment, delivery: id })
      .catch(() => undefined); // a target that is gone writes no journals
  return { delivery: id, event: notification.event, stakeholder, how, ...last };
}

function givenUp(error: Error) {
  const told = lastAttempt(error);
  return {
    delivered: false,
    summary: `given up after a day: ${rootMessage(error)}`.slice(0, 300),
    attempts: told?.attempts ?? 0,
    lastAt: told?.at ?? new Date().toISOString(),
  };
}

/** What the last attempt said of itself. */
function lastAttempt(error: Error): Delivered | null {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if (at instanceof ApplicationFailure && at.type === 'not-delivered') return (at.details?.[0] ?? null) as Delivered;
  return null;
}

/**
 * Leaves what did not arrive to workflows of their own, which outlive whoever starts them. Resolves once they have been
 * started; `ended` hears of each end.
 */
export async function deliverLater(
  { notification, to }: NotifyInput,
  missed: readonly Delivery[],
  ended: (end: DeliveryEnd) => void = () => {},
): Promise<void> {
  await Promise.all(
    missed.map(async (first) => {
      const stakeholder = to.find(({ name }) => name === first.stakeholder);
      const channels = stakeholder?.channels.filter(({ kind }) => kind === first.channel) ?? [];
      if (!stakeholder || channels.length === 0) return;
      const handle = await startChild(delivery, {
        workflowId: deliveryWorkflowId(first.id),
        args: [{ notification, to: { ...stakeholder, channels }, first }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `Tell ${first.stakeholder} of ${notification.deployment}: ${notification.event}`,
      }).catch(() => null); // it is under way already
      void handle?.result().then(ended, () => undefined);
    }),
  );
}
