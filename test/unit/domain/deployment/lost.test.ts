import { describe, expect, it } from 'vitest';
import { completed, hasGivenUp, type Lost, lostOutcome } from '../../../../src/domain/deployment/lost.ts';
import type { EntryType, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Plan, Repair } from '../../../../src/domain/plan/plan.ts';
import { goodJournal, rolledBackJournal } from '../../../support/journal.ts';

const good = goodJournal();
const bad = rolledBackJournal();
const at = '2026-11-24T10:00:00.000Z';

/** What is known of a deployment that was lost right before its first entry of a type, or right after it. */
function lost(side: 'before' | 'after', type: EntryType, known: Partial<Lost> = {}, { plan, journal } = good): Lost {
  const i = journal.findIndex((entry) => entry.type === type);
  if (i === -1) throw new Error(`no ${type}`);
  const said = journal.slice(0, side === 'after' ? i + 1 : i);
  return { plan, journal: said, hasActed: false, isWhole: true, hadLock: true, ...known };
}
const manualFirst: Plan = {
  ...good.plan,
  steps: [
    {
      kind: 'manual',
      id: 'call',
      title: 'Phone',
      instructions: 'Phone',
      role: 'support',
      withinMs: 1_000,
      undo: { kind: 'none', reason: 'x' },
    } as unknown as Plan['steps'][number],
    ...good.plan.steps,
  ],
};

describe('a deployment that was ended from outside', () => {
  it.each<[string, Lost, string]>([
    ['at once', lost('after', 'plan-frozen', { hadLock: false }), 'aborted'],
    ['in the queue, by its whole journal', lost('after', 'lock-requested', { hadLock: false }), 'aborted'],
    [
      'in the queue, when its history is gone',
      lost('after', 'plan-frozen', { hadLock: false, isWhole: false, hasActed: null }),
      'aborted',
    ],
    ['with the lock, before its first step', lost('before', 'step-started'), 'aborted'],
    ['with the lock, by a history without an action', lost('before', 'step-started', { isWhole: false }), 'aborted'],
    [
      'with the lock, when its history is gone',
      lost('before', 'step-started', { isWhole: false, hasActed: null }),
      'needs-intervention',
    ],
    [
      'with the lock, when a person may have begun',
      lost('before', 'step-started', { isWhole: false, plan: manualFirst }),
      'needs-intervention',
    ],
    [
      'when only its history tells of an action',
      lost('before', 'step-started', { hasActed: true }),
      'needs-intervention',
    ],
    ['in its first step', lost('after', 'step-started'), 'needs-intervention'],
    ['while it is monitored', lost('before', 'confirmed', { hasActed: true }), 'needs-intervention'],
    ['once it was confirmed', lost('after', 'confirmed', { hasActed: true }), 'succeeded'],
    ['while it is rolled back', lost('before', 'rollback-completed', { hasActed: true }, bad), 'needs-intervention'],
    ['once its rollback was verified', lost('after', 'rollback-completed', { hasActed: true }, bad), 'rolled-back'],
    ['after its end', lost('after', 'ended', { hasActed: true }, bad), 'rolled-back'],
  ])('%s', (_when, known, outcome) => {
    expect(lostOutcome(known)).toBe(outcome);
    const journal = completed(known, 'terminated', at);
    expect(journal.slice(0, known.journal.length)).toEqual(known.journal);
    expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, i) => i + 1));
    expect(journal.at(-1)).toMatchObject({ type: 'ended', outcome });
  });

  it('is outstanding for when it is a repair, however early, until its checks have passed', () => {
    const repair = { of: 'shop.production.6', outstanding: [], live: null } as unknown as Repair;
    const plan = { ...good.plan, repair };
    expect(lostOutcome(lost('after', 'plan-frozen', { plan, hadLock: false }))).toBe('needs-intervention');
    expect(lostOutcome({ ...lost('after', 'rollback-completed', {}, bad), plan: { ...bad.plan, repair } })).toBe(
      'succeeded',
    );
  });

  it('leaves a review behind only where it may have changed something', () => {
    const reviews = (journal: readonly JournalEntry[]) => journal.filter(({ type }) => type === 'review-opened');
    expect(reviews(completed(lost('after', 'step-started'), 'terminated', at, at))).toHaveLength(1);
    expect(reviews(completed(lost('before', 'step-started'), 'terminated', at, at))).toEqual([]);
  });
});

describe('a deployment that has reported itself that it needs intervention', () => {
  const failed = (journal: readonly JournalEntry[]) =>
    journal.map((entry) => (entry.type === 'rollback-completed' ? { ...entry, result: 'failed' as const } : entry));
  const until = (type: EntryType, journal = bad.journal) =>
    journal.slice(0, journal.findIndex((entry) => entry.type === type) + 1);

  it('has given up once its rollback has failed, and not while it goes on or has gone back', () => {
    expect(hasGivenUp(failed(until('rollback-completed')))).toBe(true);
    expect(hasGivenUp(until('rollback-completed'))).toBe(false);
    expect(hasGivenUp(until('rollback-started'))).toBe(false);
    expect(hasGivenUp(good.journal)).toBe(false);
  });

  it('has given up as a repair that got no lock', () => {
    const deviation = {
      type: 'deviation',
      code: 'no-grant',
      severity: 'major',
      what: 'x',
      decidedBy: 'x',
      authority: 'x',
    } as const;
    expect(hasGivenUp([{ v: 1, seq: 1, at, ...deviation }])).toBe(true);
  });
});
