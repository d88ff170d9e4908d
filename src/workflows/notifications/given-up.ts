import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { endedFromOutside } from '../../domain/journal/deliveries.ts';
import type { DeliveryResult } from '../../domain/journal/values.ts';
import type { Delivery } from '../../domain/kinds/notification.ts';
import type { Delivered } from '../../domain/ports/notification.ts';
import { rootMessage, timeoutOf } from '../engine/failures.ts';

/** The result of a delivery that has not arrived, which depends on why it is not tried any more. */
export function givenUp(first: Pick<Delivery, 'how'>, error: Error, now: string): DeliveryResult {
  if (isCancellation(error)) return endedFromOutside(first, 'cancelled', now);
  const told = lastAttempt(error);
  const isTimedOut = error instanceof ActivityFailure && error.retryState === 'TIMEOUT';
  const isDayOver = isTimedOut || timeoutOf(error)?.timeoutType === 'SCHEDULE_TO_CLOSE';
  const why = told?.delivery.summary ?? rootMessage(error);
  return {
    how: told?.delivery.how ?? first.how,
    delivered: false,
    summary: `${isDayOver ? 'given up after a day' : 'not tried again'}: ${why}`.slice(0, 300),
    attempts: told?.attempts ?? 0,
    lastAt: told?.at ?? now,
  };
}

/** The result of the last attempt. */
function lastAttempt(error: Error): Delivered | null {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if (at instanceof ApplicationFailure && at.type === 'not-delivered') return (at.details?.[0] ?? null) as Delivered;
  return null;
}
