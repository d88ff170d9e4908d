import { entriesOf, type HealthSummary } from '../journal.ts';
import { lastOf, msBetween, type Source } from './source.ts';

export interface HealthRow extends HealthSummary {
  /** Samples a second, as planned. */
  readonly rate: number;
}

/** Whether the health checks were watched at all, and whether their counts are to be expected in the journal. */
export type Watch = 'not-started' | 'under-way' | 'ended';

export function watchOf({ journal, ended }: Pick<Source, 'journal' | 'ended'>): Watch {
  if (!lastOf(journal, 'health-started')) return 'not-started';
  return ended ? 'ended' : 'under-way';
}

export type Unwatched = HealthSummary['unwatched'];

/** A health check may be without a watcher this long in all, in milliseconds: what the loss of one worker takes. */
export const longestUnwatchedMs = 5_000;

/** What each health check saw, one row a check; the last summary is the whole deployment's. */
export function healthRows({ plan, journal }: Pick<Source, 'plan' | 'journal'>): readonly HealthRow[] {
  const summaries = entriesOf(journal, 'health-observed').flatMap((entry) => entry.summaries);
  return plan.health.flatMap(({ id, sampling }) => {
    const summary = summaries.findLast(({ check }) => check === id);
    if (!summary) return [];
    // A check with a pace of its own fills a window a second; the others keep to their interval.
    const rate = summary.windowSize > 0 ? summary.windowSize : Math.round(100_000 / sampling.intervalMs) / 100;
    return [{ ...summary, rate }];
  });
}

/** The part of the unwatched times that lies between two moments. */
export function unwatchedWithin(unwatched: Unwatched, begin: string, end: string): Unwatched {
  return unwatched.flatMap(({ from, to }) => {
    const part = { from: from > begin ? from : begin, to: to < end ? to : end };
    return part.from < part.to ? [part] : [];
  });
}

export function unwatchedMs(unwatched: Unwatched): number {
  return unwatched.reduce((ms, { from, to }) => ms + msBetween(from, to), 0);
}
