import { expect, it } from 'vitest';
import { isChange } from '../../../../src/domain/deployment/first-change.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { planningInput } from '../planning-input.ts';

const { plan } = freezePlan(planningInput());
const started = (step: string) => ({ v: 1, seq: 1, at: '', type: 'step-started', step, attempt: 1 }) as JournalEntry;
const stepOfKind = (kind: string) => plan.steps.find((step) => step.kind === kind)?.id ?? '';

it('the first change is the start of an action, and no hold or gate', () => {
  expect(isChange(plan, started(stepOfKind('action')))).toBe(true);
  expect(isChange(plan, started(stepOfKind('hold')))).toBe(false);
  expect(isChange(plan, started(stepOfKind('gate')))).toBe(false);
});
