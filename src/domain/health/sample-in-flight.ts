import type { LatestSample } from '../kinds/adapter.ts';

/** What an adapter may take beyond its limit to say that it is over, in milliseconds. */
export const graceMs = 1_000;

/** A check whose samples are bad is not asked again once it has been settling for so long: it is bad. */
const patienceMs = 5_000;

interface Settling {
  /** Since when, on the clock of whoever samples. */
  readonly at: string;
  /** How long that is ago, in milliseconds. */
  readonly forMs: number;
  /** How long one sample may take. */
  readonly timeoutMs: number;
  /** Whether a sample must have begun since. */
  readonly isNewWanted: boolean;
}

/**
 * Whether nothing more is to be waited for of a health check that is to settle: what was under way has ended within its
 * limit, and the latest sample is good; or it is plain that it is not.
 */
export function isSettled(
  { latest, underWaySince }: { readonly latest: LatestSample | null; readonly underWaySince: string | null },
  { at, forMs, timeoutMs, isNewWanted }: Settling,
): boolean {
  const limitMs = timeoutMs + graceMs;
  if (underWaySince !== null && underWaySince <= at && forMs <= limitMs) return false;
  if (latest === null) return forMs > limitMs;
  if (latest.verdict !== 'passed') return forMs > (isNewWanted && latest.endedAt < at ? limitMs : patienceMs);
  return !isNewWanted || latest.startedAt > at || forMs > limitMs + patienceMs;
}
