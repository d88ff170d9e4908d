import { expect, it } from 'vitest';
import { isEvaluatedBy, mayBeBad } from '../../../../src/domain/health/at-start.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { planningInput } from '../planning-input.ts';

const { plan } = freezePlan(planningInput());

it('a check may be bad before the first change where the procedure says so, or nothing serves yet', () => {
  const [check] = plan.health;
  const health = check?.sampling.health;
  if (!health) throw new Error('the plan has a health check');
  const of = (atStart: 'must-pass' | 'may-fail') => ({
    ...check,
    sampling: { ...check.sampling, health: { ...health, atStart } },
  });
  expect(mayBeBad(plan, of('must-pass'))).toBe(false);
  expect(mayBeBad(plan, of('may-fail'))).toBe(true);
  expect(mayBeBad({ change: { ...plan.change, initial: true } }, of('must-pass'))).toBe(true);
});

it('a check that was let go is evaluated from its first good sample on', () => {
  expect(isEvaluatedBy(false, 'failed')).toBe(false);
  expect(isEvaluatedBy(false, 'passed')).toBe(true);
  expect(isEvaluatedBy(true, 'failed')).toBe(true);
});
