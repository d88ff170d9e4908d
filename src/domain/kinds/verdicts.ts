import type { Limits, Sampling, Verdict } from './adapter.ts';

export const emptyTally = {
  samples: 0,
  successes: 0,
  failures: 0,
  errors: 0,
  inconclusive: 0,
  /** Samples since the last one that was good or bad: errors and inconclusive ones. */
  consecutiveErrors: 0,
  consecutiveSuccesses: 0,
};
/** What the samples of one run of a check came to. */
export type Tally = Readonly<typeof emptyTally>;

/** The tally after one more sample. */
export function withSample(tally: Tally, verdict: Verdict): Tally {
  const count = (of: Verdict) => (verdict === of ? 1 : 0);
  return {
    samples: tally.samples + 1,
    successes: tally.successes + count('passed'),
    failures: tally.failures + count('failed'),
    errors: tally.errors + count('error'),
    inconclusive: tally.inconclusive + count('inconclusive'),
    consecutiveErrors: verdict === 'error' || verdict === 'inconclusive' ? tally.consecutiveErrors + 1 : 0,
    consecutiveSuccesses: verdict === 'passed' ? tally.consecutiveSuccesses + 1 : 0,
  };
}

/** Whether the samples so far are too bad for any later one to make good; null: not decided. */
export function breachOf(
  tally: Tally,
  { failureLimit, consecutiveErrorLimit }: Limits,
): Exclude<Verdict, 'passed'> | null {
  if (tally.failures > failureLimit) return 'failed';
  if (tally.consecutiveErrors <= consecutiveErrorLimit) return null;
  return tally.errors > 0 ? 'error' : 'inconclusive';
}

/**
 * The verdict of a run that has ended. Without one good measurement nothing has passed: errors alone are `error`,
 * failures within their limit, and inconclusive samples, are `inconclusive`.
 */
export function verdictOf(tally: Tally, sampling: Limits & Pick<Sampling, 'consecutiveSuccessLimit'>): Verdict {
  const breach = breachOf(tally, sampling);
  if (breach) return breach;
  if (tally.successes === 0) return tally.errors === tally.samples && tally.errors > 0 ? 'error' : 'inconclusive';
  return tally.consecutiveSuccesses < sampling.consecutiveSuccessLimit ? 'inconclusive' : 'passed';
}

/** Whether a check that is tried until it passes has passed: once, or as often in a row as it asks. */
export function hasPassed(
  tally: Tally,
  { consecutiveSuccessLimit }: Pick<Sampling, 'consecutiveSuccessLimit'>,
): boolean {
  return tally.consecutiveSuccesses >= Math.max(1, consecutiveSuccessLimit);
}
