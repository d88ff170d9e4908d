/** How long a delivery is tried, in milliseconds. */
export const deliveredWithinMs = 24 * 3_600_000;

/** The wait after the first attempt, and the maximum and minimum, in milliseconds. */
const firstWaitMs = 5_000;
const maxWaitMs = 600_000;
const minWaitMs = 1_000;

/** What an attempt may take, with a worker that is found at once. */
const attemptMs = 15_000;

/**
 * How long to wait after an attempt, in milliseconds; the first one is the deployment's own. `askedMs`: what the other side
 * asks for; it counts, shortened so that time is left for one more attempt (`leftMs`). `random`, from 0 to 1: of our own
 * waits between half and all is waited, so that many do not come back at once.
 */
export function waitMs(attempt: number, askedMs: number | null, random: number, leftMs: number): number {
  const usual = Math.min(maxWaitMs, firstWaitMs * 2 ** Math.min(attempt - 1, 20));
  const wait = Math.max(minWaitMs, askedMs ?? usual * (0.5 + random / 2));
  const last = leftMs - attemptMs;
  return Math.round(last < minWaitMs ? wait : Math.min(wait, last));
}
