import { isUnanswered } from '../api-client.ts';
import { short } from '../render/status.ts';

/** Whether the API answers somebody who follows a deployment. */
export interface Silence {
  /** Calls the API for what is followed, one call after the other; while nothing happens it may take so long to answer. */
  heed<T>(call: () => Promise<T>, mayTakeMs?: number): Promise<T>;
  /** Calls it for what is shown beside: whatever comes back is an answer, an error, too. */
  heedBeside<T>(call: () => Promise<T>): Promise<T>;
  /** That nothing answers, and for how long; null where it does, or where that is not worth a word yet. */
  words(): string | null;
}

/** An API that is slow, or is replaced by the next one, is not worth a word, in milliseconds. */
const noticedMs = 5_000;

/** Listens to the API at `origin`. */
export function silenceOf(origin: string): Silence {
  const never = Number.POSITIVE_INFINITY;
  /** Since when an answer has been due, in milliseconds since the epoch. */
  let due = never;
  let dueBeside = never;
  return {
    async heed(call, mayTakeMs = 0) {
      due = Math.min(due, Date.now() + mayTakeMs);
      try {
        const answer = await call();
        due = dueBeside = never;
        return answer;
      } catch (error) {
        due = Math.min(due, Date.now());
        throw error;
      }
    },
    async heedBeside(call) {
      dueBeside = Math.min(dueBeside, Date.now());
      try {
        const answer = await call();
        dueBeside = never;
        return answer;
      } catch (error) {
        if (!isUnanswered(error)) dueBeside = never;
        throw error;
      }
    },
    words() {
      const ms = Date.now() - Math.min(due, dueBeside);
      return ms < noticedMs ? null : `No answer for ${short(ms)} from ${origin}; asking again.`;
    },
  };
}
