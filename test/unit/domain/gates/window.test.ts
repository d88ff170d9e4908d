import { expect, it } from 'vitest';
import { evaluateAt } from '../../../../src/domain/gates/evaluate.ts';
import { windowSince } from '../../../../src/domain/gates/window.ts';
import type { EntryOf, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import type { WindowFinding } from '../../../../src/domain/policy/windows-schema.ts';
import { environmentDocument, planningInput, policyDocument } from '../planning-input.ts';

const { plan } = freezePlan(planningInput());
const windows = { timeZone: 'UTC', allow: [{ rrule: 'FREQ=DAILY', start: '09:00', end: '16:00' }] };
const environments = { production: { ...environmentDocument(), windows } };
const { plan: withWindows } = freezePlan(planningInput({ policy: { ...policyDocument(), environments } }));

const opened: WindowFinding = { open: true, why: 'no freeze holds', closesAt: null, required: 'no freeze' };
const closed = {
  open: false,
  fault: 'frozen',
  why: 'frozen by key:carol',
  closesAt: null,
  required: 'no freeze',
} as const;
const held: WindowFinding = { ...closed, opensAt: null };

/** What is journaled of the window by this finding, after what was journaled before. */
function windowGate(of: Plan, before: readonly EntryOf<'gate-evaluated'>[], finding: WindowFinding) {
  const journal = before.map((entry, i): JournalEntry => ({ v: 1, seq: i + 1, at: '', ...entry }));
  const [entry] = evaluateAt(of, 'window', { window: windowSince(journal, finding) }).entries;
  if (!entry) throw new Error('the window was not evaluated');
  return entry;
}

it('is not required where policy names no windows and nothing ever held', () => {
  expect(windowGate(plan, [], opened)).toMatchObject({
    verdict: 'not-required',
    required: 'nothing',
    found: 'the policy names no windows, and no freeze holds',
  });
});

it('is required where policy names windows', () => {
  expect(windowGate(withWindows, [], opened)).toMatchObject({ verdict: 'passed', found: 'no freeze holds' });
});

it('has failed while it is closed, with why and the next opening', () => {
  expect(windowGate(plan, [], held)).toMatchObject({
    moment: 'window',
    verdict: 'failed',
    fault: 'frozen',
    found: 'frozen by key:carol; does not open by itself',
  });
  expect(windowGate(plan, [], { ...held, opensAt: '2026-11-24T09:00:00.000Z' }).found).toBe(
    'frozen by key:carol; opens 2026-11-24T09:00:00.000Z',
  );
});

it('is not required where only another gate failed, or this one passed', () => {
  for (const before of [
    { ...windowGate(plan, [], held), gate: 'readiness' },
    windowGate(withWindows, [], opened),
    windowGate(plan, [], opened),
  ])
    expect(windowGate(plan, [before], opened).verdict).toBe('not-required');
});

it('is told as passed where it was closed before and waived', () => {
  const waived = { ...windowGate(plan, [], held), verdict: 'waived' as const };
  expect(windowGate(plan, [waived], opened).verdict).toBe('passed');
});

it('is told as passed where a freeze held before, whatever policy asks for', () => {
  const before = windowGate(plan, [], held);
  expect(windowGate(plan, [before], opened)).toMatchObject({ verdict: 'passed', required: 'no freeze' });
});
