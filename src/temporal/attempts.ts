import {
  ActivityCancelledError,
  ActivityNotFoundError,
  ActivityPausedError,
  ActivityResetError,
  type Client,
} from '@temporalio/client';
import { GantryError } from '../domain/base/errors.ts';

const noLonger = [ActivityNotFoundError, ActivityCancelledError, ActivityPausedError, ActivityResetError];

/** Asks Temporal about attempts at activities. */
export function createAttempts(client: Client) {
  return {
    /**
     * A heartbeat whose answer is waited for: false when Temporal has given the attempt up or wants it to stop. Throws
     * `engine-unavailable` when there is no answer within `patienceMs`.
     */
    async stillCounts(taskToken: Uint8Array, patienceMs: number): Promise<boolean> {
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
