import { setTimeout as delay } from 'node:timers/promises';
import { ZodError } from 'zod';
import { errorTable } from '../../domain/base/error-codes.ts';
import { GantryError } from '../../domain/base/errors.ts';

/** A message is sent again so long while nothing answers, and with such a pause, in milliseconds. */
const patienceMs = 10_000;
const pauseMs = 500;

/**
 * Calls the API again while it does not answer, or answers that the same request may succeed later. Only for what may be
 * repeated: reading, and what is sent under one key. Throws the last failure once it has taken too long.
 */
export async function patiently<T>(call: () => Promise<T>, forMs = patienceMs, signal?: AbortSignal): Promise<T> {
  const until = Date.now() + forMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const isPassing =
        error instanceof GantryError &&
        errorTable[error.code].retryable &&
        // What this version does not know it will not know later, either.
        !(error.cause instanceof ZodError);
      if (!isPassing || signal?.aborted || Date.now() + pauseMs > until) throw error;
      await delay(pauseMs, undefined, { ...(signal && { signal }) });
    }
  }
}
