import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from '../../domain/base/errors.ts';

/** Between two questions, in milliseconds: many who wait do not all ask at the same instant. */
const againAfterMs = 150;
const jitterMs = 200;

/** A recovery is ended by a person, maybe soon. */
const isOfTheStore = (error: unknown): boolean => hasCode(error, 'store-unavailable', 'in-recovery');

export interface Patience {
  /** How long it is asked again, in milliseconds; what is left, where several waits share it. */
  readonly forMs: number | (() => number);
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Asks again while the store gives no answer, or was restored and the recovery has not been ended: as long as nothing has
 * been done, a store that fails over is a reason to wait, and none to roll back. Throws what came last,
 * once there is no more time or the signal is aborted. `isWorthWaiting`: after which errors it is asked again, those of the store when absent.
 */
export async function patiently<T>(
  { forMs, signal }: Patience,
  ask: () => Promise<T>,
  isWorthWaiting = isOfTheStore,
): Promise<T> {
  const until = performance.now() + (typeof forMs === 'number' ? forMs : forMs());
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const waitMs = againAfterMs + Math.random() * jitterMs;
      if (!isWorthWaiting(error) || signal.aborted || performance.now() + waitMs > until) throw error;
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
