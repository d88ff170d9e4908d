import { entriesOf } from '../journal/entries.ts';
import { lastOf, msBetween } from '../journal/read.ts';
import { type Source } from './source.ts';

/**
 * The handoff to support that the plan asks for, who took it, and whether that was in time: at the latest `within` after the
 * change was confirmed. A late one certifies nothing. Null: the plan asks for none.
 */
export function handoffOf({ plan, journal }: Pick<Source, 'plan' | 'journal'>) {
  const wanted = plan.monitoring.handoff;
  if (!wanted) return null;
  const given = entriesOf(journal, 'acknowledged').find((e) => e.for === 'handoff' && e.role === wanted.role);
  const confirmed = lastOf(journal, 'confirmed');
  return {
    ...wanted,
    by: given?.by ?? null,
    at: given?.at ?? null,
    inTime: given !== undefined && confirmed !== null && msBetween(confirmed.at, given.at) <= wanted.withinMs,
  };
}
