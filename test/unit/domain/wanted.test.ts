import { describe, expect, it } from 'vitest';
import type { Wait } from '../../../src/domain/journal.ts';
import { freezePlan } from '../../../src/domain/planning/planning.ts';
import { policySchema } from '../../../src/domain/policy/policy.ts';
import { warningsOf } from '../../../src/domain/policy/policy-warnings.ts';
import { initialState } from '../../../src/domain/state.ts';
import { missingIn, reminderMs, wantedOf } from '../../../src/domain/wanted.ts';
import { environmentDocument, planningInput, policyDocument } from './planning-input.ts';

const until = '2026-11-23T10:00:00.000Z';

describe('who is wanted', () => {
  it('are never the requester or the authors, who cannot approve', () => {
    const { plan } = freezePlan(planningInput());
    const byBob = { ...plan, requester: { ...plan.requester, subject: 'key:bob' } };
    const approval: Wait = { kind: 'approval', then: 'expires', until };
    expect(missingIn(byBob, initialState(byBob), approval).who).toEqual(['key:carol']);
    expect(wantedOf(byBob, initialState(byBob), approval)).toMatchObject({
      event: 'approval-wanted',
      asked: {
        wanted: { who: '1 service-owner, 1 change-manager (Carol Lind)', until },
        text: `Approval by 1 service-owner, 1 change-manager (Carol Lind) is wanted until ${until}; otherwise it ends as expired.`,
      },
    });
  });

  it('is nobody while only time passes', () => {
    const { plan } = freezePlan(planningInput());
    for (const kind of ['window', 'target', 'hold'] as const)
      expect(wantedOf(plan, initialState(plan), { kind, then: 'goes on', until })).toBeNull();
  });
});

it.each([
  ['9 s', 9_000, null],
  ['1 minute', 60_000, 15_000],
  ['8 hours', 28_800_000, 3_600_000],
])('people are reminded in a wait of %s', (_, withinMs, beforeMs) => {
  expect(reminderMs(withinMs)).toBe(beforeMs);
});

it('names ten people at most, of however many could do it', () => {
  const { plan } = freezePlan(planningInput());
  const extra = Array.from({ length: 12 }, (_, i) => ({
    subject: `key:p${i}`,
    name: `Person ${i}`,
    roles: ['service-owner'],
    aliases: [],
  }));
  const crowded = { ...plan, policy: { ...plan.policy, people: extra } };
  const asked = wantedOf(crowded, initialState(crowded), { kind: 'approval', then: 'expires', until })?.asked;
  expect(asked?.wanted.who).toContain('Person 9 and 2 more)');
  expect(asked?.wanted.who).not.toContain('Person 10');
});

it('policy warns where a page has no second way, and says how long it waits', () => {
  const of = (more: object, paging?: object) => {
    const hearing = [
      { name: 'Shop team', log: true, on: ['requested', 'wanted', 'deployed', 'ended', 'page'], ...more },
    ];
    const production = { ...environmentDocument(), stakeholders: hearing, ...(paging ? { paging } : {}) };
    const policy = policySchema.parse({ ...policyDocument(), environments: { production } });
    const rules = policy.environments['production']!;
    return { warned: warningsOf(policy, rules).filter((one) => one.includes('acknowledges')), paging: rules.paging };
  };
  expect(of({})).toEqual({
    warned: ['a page that nobody acknowledges goes nowhere else: give a stakeholder who hears page a second way'],
    paging: { acknowledgeWithin: 300_000 },
  });
  expect(of({ email: 'duty@shop.example' }, { acknowledgeWithin: '90s' })).toEqual({
    warned: [],
    paging: { acknowledgeWithin: 90_000 },
  });
  expect(() => of({}, { acknowledgeWithin: '999ms' })).toThrow('a page waits between 1 s and 1 d');
});

it('policy warns where nobody hears what is wanted of them', () => {
  const warnings = (on: readonly string[]) => {
    const hearing = [{ name: 'Shop team', log: true, on }];
    const production = { ...environmentDocument(), stakeholders: hearing };
    const policy = policySchema.parse({ ...policyDocument(), environments: { production } });
    return warningsOf(policy, policy.environments['production']!).filter((one) => one.includes('nobody is told'));
  };
  const usual = ['requested', 'deployed', 'ended', 'page'];
  expect(warnings(usual)).toEqual([
    'nobody is told when approval, readiness, a manual step, a handoff or a resume is wanted: let a stakeholder hear wanted',
  ]);
  expect(warnings([...usual, 'approval-wanted'])).toHaveLength(1);
  expect(warnings([...usual, 'wanted'])).toEqual([]);
});
