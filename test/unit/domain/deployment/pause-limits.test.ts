import { describe, expect, it } from 'vitest';
import { pauseLeftMs, whyNoPause } from '../../../../src/domain/deployment/pause-limits.ts';
import { initialState } from '../../../../src/domain/deployment/state.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { planningInput } from '../planning-input.ts';

const { plan } = freezePlan(planningInput());
const hour = 3_600_000;
const limitMs = plan.policy.limits.pause;
const requestedAt = '2026-08-03T09:00:00.000Z';
const changed = { ...initialState(plan), phase: 'executing', hasChanged: true, requestedAt } as const;
const unchanged = { ...changed, phase: 'awaiting-target', hasChanged: false } as const;
const at = (ms: number) => Date.parse(requestedAt) + ms;
const pausedBy = { subject: 'key:bob', name: 'Bob May', via: 'api', identity: 'verified' } as const;

describe('a pause', () => {
  it('may last what is left of the one limit of all pauses', () => {
    expect(limitMs).toBe(4 * hour);
    expect(pauseLeftMs(plan, changed, at(0))).toBe(limitMs);
    expect(pauseLeftMs(plan, { ...changed, pausedMs: limitMs - 1 }, at(0))).toBe(1);
    expect(pauseLeftMs(plan, { ...changed, pausedMs: limitMs + 1 }, at(0))).toBe(0);
  });

  it('lasts no longer than the approvals stand, as long as nothing is changed', () => {
    const { expireAfterMs } = plan.policy.approvals;
    expect(pauseLeftMs(plan, unchanged, at(expireAfterMs - hour))).toBe(hour);
    expect(pauseLeftMs(plan, unchanged, at(expireAfterMs + 1))).toBe(0);
    expect(pauseLeftMs(plan, changed, at(expireAfterMs + 1))).toBe(limitMs);
  });

  it('is refused while there is one, once the limit is spent, and where no step is left before which it could act', () => {
    expect(whyNoPause(plan, changed)).toBeNull();
    expect(whyNoPause(plan, { ...changed, pausedMs: limitMs - 1 })).toBeNull();
    expect(whyNoPause(plan, { ...changed, pausedMs: limitMs })).toBe(
      'The 4 h for which it may be paused in all are spent.',
    );
    const paused = { by: pausedBy, since: requestedAt, reason: null };
    expect(whyNoPause(plan, { ...changed, paused })).toBe('It is paused already.');
    const validating = { ...changed, phase: 'validating' } as const;
    expect(whyNoPause(plan, validating)).toBeNull();
    expect(whyNoPause({ ...plan, mode: 'rehearsal' }, validating)).toMatch(/^A rehearsal is rolled back/);
    expect(whyNoPause({ ...plan, mode: 'rehearsal' }, changed)).toBeNull();
  });
});
