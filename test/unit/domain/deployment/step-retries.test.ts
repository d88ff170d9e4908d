import { describe, expect, it } from 'vitest';
import { afterAttempt, notReadBack } from '../../../../src/domain/deployment/step-retries.ts';
import type { ActionStep } from '../../../../src/domain/plan/plan.ts';
import { settleMsOf } from '../../../../src/domain/plan/settling-time.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { planningInput } from '../planning-input.ts';

const { plan } = freezePlan(planningInput());

describe('after an attempt', () => {
  const step = plan.steps[2] as ActionStep;
  const once = { ...step, retry: { attempts: 3, backoffMs: 1, idempotent: false } };

  it('goes on when it is done, repeats what is not, and repeats the unknown only where that does no harm', () => {
    expect(afterAttempt(once, 3, 'done')).toBe('go-on');
    expect(afterAttempt(once, 2, 'not-done')).toBe('retry');
    expect(afterAttempt(once, 3, 'not-done')).toBe('roll-back');
    expect(afterAttempt(once, 1, 'unknown')).toBe('roll-back');
    expect(afterAttempt(step, 1, 'unknown')).toBe('retry');
    expect(afterAttempt(step, 3, 'unknown')).toBe('roll-back');
  });

  it('lets "not done" settle for as long as done says, else for as long as the action may take', () => {
    const { done } = step;
    if (!done) throw new Error('the step reads back');
    expect(settleMsOf(step)).toBe(step.do.timeoutMs);
    const within = { ...done, sampling: { ...done.sampling, withinMs: 7_000 } };
    expect(settleMsOf({ ...step, done: within })).toBe(7_000);
    expect(settleMsOf({ ...step, done: null })).toBe(0);
  });

  it('rolls back a step without a way to read its effect back, unless repeating it does no harm', () => {
    expect(afterAttempt(once, 1, notReadBack.verdict)).toBe('roll-back');
    expect(afterAttempt(step, 1, notReadBack.verdict)).toBe('retry');
  });
});
