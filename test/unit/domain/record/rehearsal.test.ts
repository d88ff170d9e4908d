import { describe, expect, it } from 'vitest';
import { currentDetails } from '../../../../src/domain/deployment/current-details.ts';
import { notificationFor } from '../../../../src/domain/deployment/notification-words.ts';
import { stateOf } from '../../../../src/domain/deployment/state.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import { completion, completionStatement } from '../../../../src/domain/record/certifying-statement.ts';
import { renderRecord } from '../../../../src/domain/record/markdown/record.ts';
import { buildRecord } from '../../../../src/domain/record/record.ts';
import { goodJournal, type JournalFixture, rehearsedJournal, rolledBackJournal } from '../../../support/journal.ts';
import { digestFilledWith, procedureOfTwo } from '../planning-input.ts';

const recordOf = ({ plan, planDigest, journal }: JournalFixture, state: 'draft' | 'final' = 'final') =>
  buildRecord(plan, planDigest, journal, { state });
const markdownOf = (given: JournalFixture, state: 'draft' | 'final' = 'final') => renderRecord(recordOf(given, state));

describe('the record of a rehearsal', () => {
  it('is named as one in its title and in its first lines', () => {
    const [title, , status] = markdownOf(rehearsedJournal()).split('\n');
    expect(title).toBe('# Deployment record: REHEARSAL of shop 1.4.2 in staging');
    expect(status).toMatch(/^\*\*REHEARSAL: ROLLED BACK\*\* · FINAL · shop\.staging\.7/);
    expect(markdownOf(rehearsedJournal())).toContain(
      '| Rehearsal | rolled back on purpose once every step had passed, and verified |',
    );
    expect(markdownOf(rehearsedJournal())).toContain('| Live before and after | 1.4.1');
  });

  it('never certifies a release: it states that it was rolled back on purpose and verified, and what that proves', () => {
    const given = rehearsedJournal();
    const markdown = markdownOf(given);
    expect(completion(given.plan, given.journal)).toEqual({
      certified: false,
      unsatisfied: ['a rehearsal is not a release'],
    });
    expect(markdown).not.toContain(completionStatement);
    expect(markdown).toContain('Not certified. Not satisfied: a rehearsal is not a release.');
    expect(markdown).toContain('Rehearsal: rolled back on purpose and verified.');
    expect(markdown).toContain(
      `It counts as a rehearsal of procedure ${given.plan.procedure.digest} in staging: 2 undone`,
    );
    // Nothing went wrong, so there is no cause to look for.
    expect(markdown).toMatch(/^Close code: rolled-back, on purpose\.$/m);
    expect(markdown).not.toContain('find the cause');
  });

  it('states how long the rollback took, from its beginning', () => {
    expect(recordOf(rehearsedJournal()).execution.rollback.timing).toEqual([
      { what: 'rehearsal → first compensation', ms: 15 },
      { what: 'rehearsal → previous release read back', ms: expect.any(Number) },
    ]);
  });

  it('announces the rollback while it runs, and states at the end that nothing was rehearsed', () => {
    const given = rehearsedJournal();
    const begun = { ...given, journal: given.journal.slice(0, 30) };
    expect(markdownOf(begun, 'draft')).toContain('| Rehearsal | rolls back on purpose once every step has passed |');
    const failed = given.journal.map((entry): JournalEntry => {
      if (entry.type === 'rollback-completed') return { ...entry, result: 'failed' };
      return entry.type === 'ended' ? { ...entry, outcome: 'needs-intervention' } : entry;
    });
    const markdown = markdownOf({ ...given, journal: failed });
    expect(markdown).toContain('| Rehearsal | **not carried out**: no rollback was proven |');
    expect(markdown).toContain('the rollback was not rehearsed: outcome needs-intervention');
    expect(markdown).not.toContain('It counts as a rehearsal');
    expect(markdown).toContain('Close code: needs-intervention, automatic. Cause and follow-up ticket: not given yet.');
  });

  it('states of one that a breach cut short that it was no rollback on purpose', () => {
    const given = rehearsedJournal();
    const cause = { kind: 'breach', check: 'front-door', summary: '4 failures > limit 3' } as const;
    const journal = given.journal.map((entry) =>
      entry.type === 'rollback-started' || entry.type === 'ended' ? { ...entry, cause } : entry,
    );
    const markdown = markdownOf({ ...given, journal });
    expect(markdown).toContain('| Rehearsal | not carried out as planned: rolled back before its end, and verified |');
    expect(markdown).toContain('the rollback was not rehearsed: outcome rolled-back');
    expect(markdown).toContain('Rolled back and verified. It counts as a rehearsal');
  });
});

it('the record of a deployment that was rolled back states what that proves', () => {
  expect(markdownOf(rolledBackJournal({ procedure: procedureOfTwo() }))).toContain(
    `Rolled back and verified. It counts as a rehearsal of procedure ${digestFilledWith('c')} in production`,
  );
  expect(markdownOf(goodJournal())).not.toContain('counts as a rehearsal');
});

it('the gate stands in the record where policy requires it, evaluated or not, and never as not required', () => {
  const { plan, ...given } = goodJournal();
  const rehearsal = { maxAgeMs: 2_592_000_000, environment: 'staging' };
  const asked = { ...given, plan: { ...plan, policy: { ...plan.policy, rehearsal } } };
  const without = {
    ...asked,
    journal: given.journal.filter((e) => e.type !== 'gate-evaluated' || e.gate !== 'rehearsal'),
  };
  expect(markdownOf(without)).toContain('| Rollback rehearsed | – | – | – | **not evaluated** |');
  expect(completion(without.plan, without.journal).unsatisfied).toContain('gate rehearsal not evaluated');
  // What was evaluated by other rules than the plan's has not passed.
  expect(completion(asked.plan, asked.journal).unsatisfied).toContain('gate rehearsal not-required');
  expect(markdownOf(without)).not.toContain('a rehearsal of the rollback');
});

it('notifications and Temporal’s page show that it is a rehearsal', () => {
  const { plan, planDigest, journal } = rehearsedJournal();
  const state = stateOf(plan, journal);
  expect(notificationFor(plan, planDigest, state, 'approval-wanted').subject).toBe(
    'Approval wanted: rehearsal of shop 1.4.2 to staging (shop.staging.7)',
  );
  expect(notificationFor(plan, planDigest, state, 'ended').lines).toEqual(['rehearsal: rolled back on purpose.']);
  expect(currentDetails(plan, planDigest, state)).toContain('rehearsal of shop 1.4.2 to staging');
});
