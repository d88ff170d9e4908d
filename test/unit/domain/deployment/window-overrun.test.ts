import { describe, expect, it } from 'vitest';
import { hasOverrun, windowOverrun } from '../../../../src/domain/deployment/window-overrun.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import type { Waivable } from '../../../../src/domain/policy/waivable.ts';
import { planningInput } from '../planning-input.ts';

const { plan } = freezePlan(planningInput());
const deviation = (code: string) =>
  ({
    v: 1,
    seq: 1,
    at: '',
    type: 'deviation',
    code,
    severity: 'minor',
    what: '',
    decidedBy: '',
    authority: '',
  }) as const;

describe('a window that closes on a change under way', () => {
  it('is a deviation that says what is closed', () => {
    expect(windowOverrun(plan, [], 'a freeze of shop')).toBe('the window is closed (a freeze of shop); went on');
    expect(windowOverrun(plan, [deviation('health-gap')], 'a freeze of shop')).not.toBeNull();
  });

  it('is one only once', () => {
    const journal = [deviation('health-gap'), deviation('window-overrun')];
    expect(hasOverrun(journal)).toBe(true);
    expect(hasOverrun(journal.slice(0, 1))).toBe(false);
    expect(windowOverrun(plan, journal, 'a freeze of shop')).toBeNull();
  });

  it('is none where the window is waived', () => {
    const waiving = (waives: readonly Waivable[]) => {
      const policy = { ...plan.policy, emergency: { ...plan.policy.emergency, waives } };
      return { ...plan, change: { ...plan.change, type: 'emergency' }, policy } as Plan;
    };
    expect(windowOverrun(waiving(['window']), [], 'a freeze of shop')).toBeNull();
    expect(windowOverrun(waiving(['quorum']), [], 'a freeze of shop')).not.toBeNull();
  });
});
