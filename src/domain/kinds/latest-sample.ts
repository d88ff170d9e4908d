import type { Verdict } from './adapter.ts';

/** The sample of a health check that began last; times as measured. */
export interface LatestSample {
  readonly verdict: Verdict;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly summary: string;
}
