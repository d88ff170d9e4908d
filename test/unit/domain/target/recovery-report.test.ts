import { describe, expect, it } from 'vitest';
import { evaluateAt } from '../../../../src/domain/gates/evaluate.ts';
import { windowSince } from '../../../../src/domain/gates/window.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { evaluateWindow } from '../../../../src/domain/policy/calendar/evaluate-window.ts';
import type { Freeze } from '../../../../src/domain/policy/freezes-by-people.ts';
import { freezeOfRecovery, freezesIn } from '../../../../src/domain/target/recovery-report.ts';
import { planningInput } from '../planning-input.ts';

const { plan } = freezePlan(planningInput());
const now = Date.parse('2026-11-23T10:00:00.000Z');
const freeze = (id: string, more: Partial<Freeze> = {}): Freeze => ({
  id,
  scope: { kind: 'everything' },
  reason: 'Stock-taking (freeze nothing); until Monday',
  from: '2026-11-23T09:00:00.000Z',
  until: null,
  createdAt: '2026-11-23T09:00:00.000Z',
  createdBy: 'key:carol',
  lifted: null,
  ...more,
});

/** What a deployment journaled that looked at its window once for each of these lists of freezes. */
function journalOf(...looks: readonly (readonly Freeze[])[]): readonly JournalEntry[] {
  const journal: JournalEntry[] = [];
  for (const made of looks) {
    const finding = { ...evaluateWindow(null, made, now), required: 'no freeze' };
    const { entries } = evaluateAt(plan, 'window', { window: windowSince(journal, finding) });
    journal.push(...entries.map((entry) => ({ v: 1 as const, seq: journal.length + 1, at: '', ...entry })));
  }
  return journal;
}

describe('freezes that a restored store does not know', () => {
  const found = (...looks: readonly (readonly Freeze[])[]) => freezesIn('shop.production.7', journalOf(...looks));

  it('are those that held a deployment back at the last evaluation, whatever their reasons say', () => {
    const until = '2026-11-24T09:00:00.000Z';
    const place = { service: 'shop', environment: 'production', deployment: 'shop.production.7' };
    const { id, createdBy, from, reason } = freeze('one');
    expect(found([freeze('zero')], [freeze('one'), freeze('two', { until })])).toEqual([
      { id, createdBy, from, until: null, reason, ...place },
      { id: 'two', createdBy, from, until, reason, ...place },
    ]);
  });

  it('are none where the window was open at last', () => {
    expect(found([freeze('one')], [])).toEqual([]);
    expect(found([])).toEqual([]);
  });

  it('are never that of a recovery, which hides what held before it', () => {
    const ofRecovery = freeze(freezeOfRecovery('r-1'));
    expect(found([freeze('one')], [freeze('two'), ofRecovery])).toMatchObject([{ id: 'one' }]);
    expect(found([ofRecovery])).toEqual([]);
  });

  it('are none of a journal whose deployment has no name', () => {
    expect(freezesIn('nothing', journalOf([freeze('one')]))).toEqual([]);
  });
});
