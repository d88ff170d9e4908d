import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { checkOpening } from '../../../../src/domain/planning/check-opening.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import type { Waivable } from '../../../../src/domain/policy/waivable.ts';
import type { FrozenWindows } from '../../../../src/domain/policy/windows-schema.ts';
import { planningInput } from '../planning-input.ts';

const hourMs = 3_600_000;
const now = Date.parse('2026-11-23T07:00:00.000Z');
const { plan } = freezePlan(planningInput());

/** Opens at nine each day, for an hour. */
const windows: FrozenWindows = {
  timeZone: 'UTC',
  allow: [{ rrule: 'FREQ=DAILY', from: '2026-01-01', start: '09:00', end: '10:00' }],
  freezes: [],
  runwayMs: 0,
  runwayFrom: 'policy',
};

const once = {
  ...windows,
  allow: [{ rrule: 'FREQ=YEARLY;COUNT=1', from: '2020-01-01', start: '09:00', end: '10:00' }],
};

function opens(
  own: FrozenWindows | null,
  { limitMs = 7 * 24 * hourMs, approvedMs = 7 * 24 * hourMs, at = now, waives = [] as Waivable[] } = {},
): string {
  const { policy } = plan;
  const of: Plan = {
    ...plan,
    change: { ...plan.change, type: 'emergency' },
    policy: {
      ...policy,
      emergency: { role: 'support', waives, quorum: [], reviewWithinMs: 1, blocksNext: false },
      windows: own,
      limits: { ...policy.limits, window: limitMs },
      approvals: { ...policy.approvals, expireAfterMs: approvedMs },
    },
  };
  try {
    checkOpening(of, at);
    return 'opens';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a plan', () => {
  it('can begin where its windows are open, or will be in time', () => {
    expect(opens(windows)).toBe('opens');
    expect(opens(windows, { at: now + 2 * hourMs, limitMs: 0, approvedMs: 0 })).toBe('opens');
    expect(opens(null, { limitMs: 0, approvedMs: 0 })).toBe('opens');
  });

  it('can begin at any time where its window is waived, and nothing else is', () => {
    expect(opens(once, { waives: ['window'] })).toBe('opens');
    expect(opens(once, { waives: ['rehearsal-age'] })).toContain('none comes within 400 days');
  });

  it('can begin as the limit of its wait ends, and no later', () => {
    expect(opens(windows, { limitMs: 2 * hourMs })).toBe('opens');
    expect(opens(windows, { limitMs: 2 * hourMs - 1 })).toMatch(
      /\(the limit window\): the next opening is at 2026-11-23T09:00:00/,
    );
  });

  it('cannot begin as its approvals lapse, and can just before', () => {
    expect(opens(windows, { approvedMs: 2 * hourMs + 1 })).toBe('opens');
    expect(opens(windows, { approvedMs: 2 * hourMs })).toMatch(/^No window opens within 2 h .*approvals expire\)/);
    expect(opens(windows, { approvedMs: hourMs, limitMs: hourMs })).toContain('(the limit window)');
  });

  it('cannot begin where no window is as long as its runway', () => {
    const long = { ...windows, runwayMs: 2 * hourMs };
    expect(opens(long)).toMatch(/^No window leaves the runway: /);
    expect(opens(long, { at: now + 2 * hourMs })).toMatch(/^No window leaves the runway: /);
  });

  it('cannot begin where no window comes within sight, whatever its runway is', () => {
    expect(opens(once)).toMatch(/: none comes within 400 days\. /);
    expect(opens({ ...once, runwayMs: hourMs })).toMatch(/: none comes within 400 days\. /);
  });
});
