/** So long a delivery is tried, in milliseconds: whoever has not been reached by then hears of it elsewhere. */
export const deliveredWithinMs = 24 * 3_600_000;

/** The wait after the first attempt, and the longest and the shortest one, in milliseconds. */
const firstWaitMs = 5_000;
const maxWaitMs = 600_000;
const minWaitMs = 1_000;

/** What an attempt may take, with a worker that is found at once. */
const attemptMs = 15_000;

/**
 * How long to wait after an attempt, in milliseconds; the first one is the deployment's own. What the other side asks for
 * counts, as long as the day leaves time for another attempt after it: one that asks for a whole day has one more, at its
 * end. `random`: from 0 to 1; of our own waits between half and all is waited, so that many do not come back at once.
 */
export function waitMs(attempt: number, askedMs: number | null, random: number, leftMs: number): number {
  const usual = Math.min(maxWaitMs, firstWaitMs * 2 ** Math.min(attempt - 1, 20));
  const wait = Math.max(minWaitMs, askedMs ?? usual * (0.5 + random / 2));
  const last = leftMs - attemptMs;
  return Math.round(last < minWaitMs ? wait : Math.min(wait, last));
}
