import { entriesOf } from '../journal/entries.ts';
import { lastOf } from '../journal/read.ts';
import { type Source } from './source.ts';

/** `rate`: samples a second, as planned. `numbers`: its latest sample shows more than its verdict, since it holds numbers to limits. */
export type HealthRow = ReturnType<typeof healthRows>[number];

/** Whether the health checks were watched at all, and whether their counts are to be expected in the journal. */
export type Watch = 'not-started' | 'under-way' | 'ended';

export function watchOf({ journal, ended }: Pick<Source, 'journal' | 'ended'>): Watch {
  if (!lastOf(journal, 'health-started')) return 'not-started';
  return ended ? 'ended' : 'under-way';
}

/** What each health check saw, one row a check; the last summary is the whole deployment's. */
export function healthRows({ plan, journal }: Pick<Source, 'plan' | 'journal'>) {
  const summaries = entriesOf(journal, 'health-observed').flatMap((entry) => entry.summaries);
  return plan.health.flatMap((check) => {
    const summary = summaries.findLast((one) => one.check === check.id);
    if (!summary) return [];
    const rate = Math.round(100_000 / summary.intervalMs) / 100;
    return [{ ...summary, rate, ...(check.expects.numbers.length > 0 ? { numbers: true as const } : {}) }];
  });
}

/** Of those that measure what users find. */
export function availabilityRows(source: Pick<Source, 'plan' | 'journal'>): readonly HealthRow[] {
  const ids = new Set(source.plan.health.filter(({ traits }) => traits?.includes('availability')).map(({ id }) => id));
  return healthRows(source).filter(({ check }) => ids.has(check));
}
