import type { Delivery, NotifyInput } from '../../domain/kinds/notification.ts';
import type { RefusedMessage } from '../../domain/messages/refused.ts';
import type { NotifyResult } from '../../domain/ports/notification.ts';
import { orAfter } from '../../system/time-limit.ts';
import type { ActivityDeps } from '../deps.ts';

/** A notification waits no longer for the store, in milliseconds. */
const storeMs = 1_000;

/**
 * Notifies people. With `withRefused` it answers what the API has refused of that deployment, too, so that its journal has it;
 * where the store gives no answer in time, it has not, and the API still shows it.
 */
export async function notifyWithRefused(
  { notify, store }: Pick<ActivityDeps, 'notify' | 'store'>,
  input: NotifyInput,
): Promise<readonly Delivery[] | NotifyResult> {
  if (input.withRefused !== true) return notify(input);
  const none: readonly RefusedMessage[] = [];
  const asked = store.refusedMessagesOf(input.notification.deployment).catch(() => none);
  const [deliveries, refused] = await Promise.all([notify(input), orAfter(storeMs, asked, none)]);
  return { deliveries, refused };
}
