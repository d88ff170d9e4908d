import {
  ActivityCancelledError,
  ActivityNotFoundError,
  ActivityPausedError,
  ActivityResetError,
  type Client,
} from '@temporalio/client';
import { GantryError } from '../domain/base/errors.ts';
import type { Attempts } from '../domain/ports/temporal.ts';

const noLonger = [ActivityNotFoundError, ActivityCancelledError, ActivityPausedError, ActivityResetError];

/** Asks Temporal about attempts at activities. */
export function createAttempts(client: Client): Attempts {
  return {
    /** A heartbeat whose answer is waited for. */
    async stillCounts(taskToken, patienceMs) {
      try {
        await client.withDeadline(Date.now() + patienceMs, () => client.activity.heartbeat(taskToken));
        return true;
      } catch (error) {
        if (noLonger.some((kind) => error instanceof kind)) return false;
        const detail = `Temporal does not say within ${patienceMs} ms whether this attempt still counts.`;
        throw new GantryError('engine-unavailable', detail, { cause: error });
      }
    },
  };
}
