import { describe, expect, it } from 'vitest';
import { badBefore, evaluateRollback } from '../../../../src/domain/deployment/rollback-verdict.ts';
import type { EntryBody, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';

const rollback = { verify: [{ id: 'previous' }, { id: 'door' }] };
const planWith = (repair: object | null = null) => ({ rollback, repair }) as unknown as Plan;
const journalOf = (...bodies: object[]) =>
  bodies.map((body, i) => ({ v: 1, seq: i + 1, at: '', ...(body as EntryBody) })) as JournalEntry[];
const atGrant = (check: string, verdict: string) => ({ type: 'check-completed', for: 'grant', check, verdict });
const gate = (verdict: string) => ({ type: 'gate-evaluated', gate: 'rollback-checks', moment: 'grant', verdict });
const granted = { type: 'lock-granted' };

describe('what was bad before the first change', () => {
  it('are the checks that policy waived at the last grant, and no others', () => {
    const bad = [granted, atGrant('previous', 'failed'), atGrant('door', 'passed')];
    expect(badBefore(planWith(), journalOf(...bad, gate('waived')))).toEqual(['previous']);
    expect(badBefore(planWith(), journalOf(...bad, gate('failed')))).toEqual([]);
    expect(badBefore(planWith(), journalOf(...bad))).toEqual([]);
    const again = [granted, atGrant('previous', 'passed'), atGrant('door', 'error'), gate('waived')];
    expect(badBefore(planWith(), journalOf(...bad, gate('waived'), ...again))).toEqual(['door']);
  });

  it('are, of a repair, those of the deployment that it repairs', () => {
    expect(badBefore(planWith({ badBefore: ['door'] }), [])).toEqual(['door']);
  });
});

describe('a rollback', () => {
  const before = journalOf(granted, atGrant('previous', 'failed'), atGrant('door', 'passed'), gate('waived'));

  it.each([
    ['is verified by all its checks', null, [], ['previous', 'door'], 'verified'],
    ['fails by one that does not pass', null, [], ['previous'], 'failed'],
    ['is as before where only that fails which did before', null, before, ['door'], 'as-before'],
    ['fails by one that passed before', null, before, ['previous'], 'failed'],
    ['fails by one that passed before, beside one that did not', null, before, [], 'failed'],
    ['in a repair is as before, too', { decision: 'compensate', badBefore: ['previous'] }, [], ['door'], 'as-before'],
    ['in a repair fails otherwise', { decision: 'compensate', badBefore: [] }, [], ['door'], 'failed'],
    ['that a person accepts fails by nothing', { decision: 'accept', badBefore: [] }, [], [], 'accepted'],
    [
      'that a person accepts may be verified',
      { decision: 'accept', badBefore: [] },
      [],
      ['previous', 'door'],
      'verified',
    ],
  ] as const)('%s', (_what, repair, journal, passed, result) => {
    const evaluated = evaluateRollback(planWith(repair), journal, passed);
    expect(evaluated.result).toBe(result);
    expect(evaluated.excuse === null).toBe(result === 'verified' || result === 'failed');
    expect(evaluated.summary).toContain(`${passed.length} of 2 rollback checks passed`);
  });
});
