import { type Entry, entriesOf, type JournalEntry } from '../journal/entries.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * The rollback checks that were bad when the lock was granted and were waived for an emergency. What was bad before is
 * not this change's fault, and no rollback mends it.
 */
export function badBefore(plan: Plan, journal: readonly JournalEntry[]): readonly string[] {
  if (plan.repair) return plan.repair.badBefore;
  const gate = entriesOf(journal, 'gate-evaluated').findLast((entry) => entry.gate === 'rollback-checks');
  if (gate?.verdict !== 'waived') return [];
  const since = entriesOf(journal, 'lock-granted').at(-1)?.seq ?? 0;
  const atGrant = entriesOf(journal, 'check-completed').filter((entry) => entry.for === 'grant' && entry.seq > since);
  return atGrant.filter(({ verdict }) => verdict !== 'passed').map(({ check }) => check);
}

interface RollbackVerdict extends Pick<Entry<'rollback-completed'>, 'result' | 'summary'> {
  /** The deviation for checks that did not pass and are accepted all the same; null: none. */
  readonly excuse: { readonly code: 'rollback-as-before' | 'accepted-unverified'; readonly what: string } | null;
}

/** What a rollback has come to whose compensations were carried out, by the checks that passed afterwards. */
export function evaluateRollback(
  plan: Plan,
  journal: readonly JournalEntry[],
  passed: readonly string[],
): RollbackVerdict {
  const planned = plan.rollback.verify.map(({ id }) => id);
  const bad = planned.filter((id) => !passed.includes(id));
  const summary = `${planned.length - bad.length} of ${planned.length} rollback checks passed`;
  if (bad.length === 0) return { result: 'verified', summary, excuse: null };
  // A person decides that the target is free; the checks are reported beside it.
  if (plan.repair?.decision === 'accept') {
    const what = `${bad.join(', ')} did not pass; what serves is what a person says`;
    return {
      result: 'accepted',
      summary: `${summary}; ${what}`,
      excuse: { code: 'accepted-unverified', what },
    };
  }
  const before = badBefore(plan, journal);
  if (bad.some((id) => !before.includes(id))) return { result: 'failed', summary, excuse: null };
  const what = `${bad.join(', ')} did not pass, as before the first change, which policy waived`;
  return { result: 'as-before', summary: `${summary}; ${what}`, excuse: { code: 'rollback-as-before', what } };
}
