import { expect, it } from 'vitest';
import { approvedForMs } from '../../../../src/domain/deployment/start-expiry.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { planningInput } from '../planning-input.ts';

const { plan } = freezePlan(planningInput());
const requestedAt = '2026-08-03T09:00:00.000Z';
const requestedMs = Date.parse(requestedAt);
const { expireAfterMs } = plan.policy.approvals;

it('approvals of the start lapse so long after the request, whenever they were given', () => {
  const leftMs = (now: number) => approvedForMs(plan, { requestedAt, hasChanged: false }, now);
  expect(leftMs(requestedMs)).toBe(expireAfterMs);
  expect(leftMs(requestedMs + expireAfterMs + 1)).toBe(-1);
});

it('approvals of the start do not lapse after the first change', () => {
  expect(approvedForMs(plan, { requestedAt, hasChanged: true }, requestedMs + 2 * expireAfterMs)).toBe(
    Number.POSITIVE_INFINITY,
  );
});
