import { describe, expect, it } from 'vitest';
import { outstandingSteps } from '../../../../src/domain/deployment/rollback-order.ts';
import { stateOf } from '../../../../src/domain/deployment/state.ts';
import type { EntryBody, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import { buildRecord } from '../../../../src/domain/record/record.ts';
import { goodJournal, type JournalFixture, rolledBackJournal } from '../../../support/journal.ts';

const statesOf = ({ plan, journal }: JournalFixture) =>
  Object.fromEntries(stateOf(plan, journal).steps.map(({ id, state }) => [id, state]));
/** The journal until an entry, with what came then instead. */
function until(given: JournalFixture, is: (entry: JournalEntry) => boolean, ...then: EntryBody[]): JournalFixture {
  const kept = given.journal.slice(0, given.journal.findIndex(is));
  const at = kept.at(-1)?.at ?? '';
  const journal = [...kept, ...then.map((body, i): JournalEntry => ({ v: 1, seq: kept.length + 1 + i, at, ...body }))];
  return { ...given, journal };
}

describe('the steps of a status after a rollback', () => {
  it('is undone only where something was undone, and cut short where nothing has failed', () => {
    expect(statesOf(rolledBackJournal())).toEqual({
      'start-idle': 'undone',
      // There was nothing to undo.
      'warm-up': 'passed',
      switch: 'undone',
      watch: 'cut-short',
      go: 'pending',
    });
    const { plan, journal } = rolledBackJournal();
    expect(outstandingSteps(plan, stateOf(plan, journal))).toEqual([]);
  });

  it('leaves a step whose effect was not there to be undone as it was', () => {
    const given = rolledBackJournal();
    const journal = given.journal.map((entry) =>
      entry.type === 'compensation-completed' && entry.step === 'switch'
        ? { ...entry, result: 'skipped' as const }
        : entry,
    );
    expect(statesOf({ ...given, journal })).toMatchObject({ switch: 'passed', 'start-idle': 'undone' });
    expect(outstandingSteps(given.plan, stateOf(given.plan, journal))).toEqual([]);
  });

  it('shows a step that was under way as cut short where a deployment was ended from outside', () => {
    const isWatching = (entry: JournalEntry) => entry.type === 'waiting-started' && entry.wait.kind === 'hold';
    const cause = { kind: 'cancelled' } as const;
    const given = until(goodJournal(), isWatching, { type: 'ended', outcome: 'needs-intervention', cause });
    expect(statesOf(given)).toMatchObject({ switch: 'passed', watch: 'cut-short', go: 'pending' });
  });

  it('are the same in the record', () => {
    const given = rolledBackJournal();
    const record = buildRecord(given.plan, given.planDigest, given.journal, { state: 'final' });
    const shown = record.execution.steps.map(({ id, state }) => [id, state === 'not-reached' ? 'pending' : state]);
    expect(Object.fromEntries(shown)).toEqual(statesOf(given));
  });
});
