import { entriesOf, type HealthSummary } from '../journal.ts';
import type { Source } from './source.ts';

export interface HealthRow extends HealthSummary {
  /** Samples a second, as planned. */
  readonly rate: number | null;
}

/** What each health check saw, one row a check; the last summary is the whole deployment's. */
export function healthRows({ plan, journal }: Pick<Source, 'plan' | 'journal'>): readonly HealthRow[] {
  const summaries = entriesOf(journal, 'health-observed').flatMap((entry) => entry.summaries);
  return plan.health.flatMap(({ id, sampling }) => {
    const summary = summaries.findLast(({ check }) => check === id);
    const rate = sampling.intervalMs > 0 ? Math.round(100_000 / sampling.intervalMs) / 100 : null;
    return summary ? [{ ...summary, rate }] : [];
  });
}
