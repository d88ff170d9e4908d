import { expect, it } from 'vitest';
import { windowGate } from '../../../../src/domain/gates/window.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import type { WindowFinding } from '../../../../src/domain/policy/windows.ts';
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

it('is not required where policy names no windows and nothing ever held', () => {
  expect(windowGate(plan, [], opened, 'window')).toMatchObject({ verdict: 'not-required', found: 'not asked for' });
});

it('is required where policy names windows', () => {
  expect(windowGate(withWindows, [], opened, 'window')).toMatchObject({ verdict: 'passed', found: 'no freeze holds' });
});

it('has failed while it is closed, with why and the next opening', () => {
  expect(windowGate(plan, [], held, 'grant')).toMatchObject({
    moment: 'grant',
    verdict: 'failed',
    fault: 'frozen',
    found: 'frozen by key:carol; does not open by itself',
  });
  expect(windowGate(plan, [], { ...held, opensAt: '2026-11-24T09:00:00.000Z' }, 'window').found).toBe(
    'frozen by key:carol; opens 2026-11-24T09:00:00.000Z',
  );
});

it('is not required where only another gate failed, or this one passed', () => {
  for (const before of [
    { ...windowGate(plan, [], held, 'window'), gate: 'readiness' as const },
    windowGate(withWindows, [], opened, 'window'),
    windowGate(plan, [], opened, 'window'),
  ])
    expect(windowGate(plan, [{ v: 1, seq: 1, at: '', ...before }], opened, 'grant').verdict).toBe('not-required');
});

it('is told as passed where it was closed before and waived', () => {
  const waived = { ...windowGate(plan, [], held, 'window'), verdict: 'waived' as const };
  expect(windowGate(plan, [{ v: 1, seq: 1, at: '', ...waived }], opened, 'grant').verdict).toBe('passed');
});

it('is told as passed where a freeze held before, whatever policy asks for', () => {
  const before: JournalEntry = { v: 1, seq: 1, at: '', ...windowGate(plan, [], held, 'window') };
  expect(windowGate(plan, [before], opened, 'window')).toMatchObject({ verdict: 'passed', required: 'no freeze' });
});
