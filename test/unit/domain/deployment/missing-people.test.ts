import { describe, expect, it } from 'vitest';
import { lackedRoles } from '../../../../src/domain/base/lacked-roles.ts';
import { text } from '../../../../src/domain/base/markdown.ts';
import { currentDetails, detailsDiffer } from '../../../../src/domain/deployment/current-details.ts';
import { missingIn, reminderMs, wantedOf } from '../../../../src/domain/deployment/missing-people.ts';
import { initialState, stateOf } from '../../../../src/domain/deployment/state.ts';
import { whereItStands } from '../../../../src/domain/deployment/where-it-stands.ts';
import type { EntryBody } from '../../../../src/domain/journal/entries.ts';
import type { Wait } from '../../../../src/domain/journal/waits.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { warningsOf } from '../../../../src/domain/policy/explain/warnings.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { bob } from '../../../support/journal.ts';
import { environmentDocument, planningInput, policyDocument } from '../planning-input.ts';

const until = '2026-11-23T10:00:00.000Z';

/** A deployment that waits for a manual step and for a gate, with what was journaled since. */
function waiting(...more: EntryBody[]) {
  const { plan, planDigest } = freezePlan(planningInput());
  const bodies: EntryBody[] = [
    { type: 'phase-entered', phase: 'executing' },
    {
      type: 'waiting-started',
      wait: { kind: 'manual', then: 'rolls back', step: 'phone', role: 'support', reason: 'Phone the *desk*', until },
    },
    { type: 'waiting-started', wait: { kind: 'approval', then: 'rolls back', until } },
    ...more,
  ];
  const state = stateOf(
    plan,
    bodies.map((body, i) => ({ v: 1, seq: i + 1, at: until, ...body })),
  );
  return { plan, planDigest, state };
}

describe('what the Temporal UI shows of a wait', () => {
  it('names who is to do what, and how a manual step is done, with free text escaped', () => {
    const { plan, planDigest, state } = waiting();
    const shown = currentDetails(plan, planDigest, state).split('\n');
    expect(shown).toContain(`- waits for **manual** (phone) until ${until}, then rolls back`);
    expect(shown.find((line) => line.includes('report it'))).toMatch(/^ {2}- support \(Dan Ode\): do step phone of /);
    expect(shown).toContain(`  - ${text('Phone the *desk*').markdown}`);
  });

  it('changes with each approval', () => {
    const { plan, state: before } = waiting();
    const { state: after } = waiting({
      type: 'approval-granted',
      by: bob,
      gate: 'start',
      role: 'service-owner',
      planDigest: 'any',
      expiresAt: null,
    });
    expect(detailsDiffer(before, after)).toBe(true);
    expect(currentDetails(plan, '', before)).toMatch(/1 service-owner, 1 change-manager \(/);
    expect(currentDetails(plan, '', after)).toMatch(/ - 1 change-manager \(/);
  });
});

it('where a deployment stands is one sentence', () => {
  const { state } = waiting();
  expect(whereItStands(state)).toBe('It is in executing and waits for manual step phone and approval at gate start.');
  const monitoring = { kind: 'monitoring', then: 'goes on', until, since: until } as const;
  expect(whereItStands({ phase: 'monitoring', waits: [monitoring] })).toBe(
    'It is in monitoring and waits for the end of its monitoring period.',
  );
  expect(whereItStands({ ...state, waits: [] })).toBe('It is in executing, and waits for nobody.');
  expect(whereItStands({ phase: 'ended', waits: [] })).toBe('It has ended.');
});

it.each([
  [[], 'a role, and the policy names none'],
  [['support'], 'the role support, which key:eve does not have'],
  [['support', 'service-owner'], 'one of the roles support, service-owner; key:eve has none of them'],
])('lacking one of the roles %j is said in words that fit their number', (roles, words) => {
  expect(lackedRoles(roles, 'key:eve')).toBe(words);
});

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

it('policy warns where a page has no second channel, and says how long it waits', () => {
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
    warned: [
      'a page that nobody acknowledges goes nowhere else: give a stakeholder who is notified of page a second channel',
    ],
    paging: { acknowledgeWithin: 300_000 },
  });
  expect(of({ email: 'duty@shop.example' }, { acknowledgeWithin: '90s' })).toEqual({
    warned: [],
    paging: { acknowledgeWithin: 90_000 },
  });
  expect(() => of({}, { acknowledgeWithin: '999ms' })).toThrow('a page waits between 1 s and 1 d');
});

it('policy warns where no stakeholder is notified of what is wanted', () => {
  const warnings = (on: readonly string[]) => {
    const hearing = [{ name: 'Shop team', log: true, on }];
    const production = { ...environmentDocument(), stakeholders: hearing };
    const policy = policySchema.parse({ ...policyDocument(), environments: { production } });
    return warningsOf(policy, policy.environments['production']!).filter((one) => one.includes('nobody is notified'));
  };
  const usual = ['requested', 'deployed', 'ended', 'page'];
  expect(warnings(usual)).toEqual([
    'nobody is notified when approval, readiness, a manual step, a handoff or a resume is wanted: let a stakeholder be notified of wanted',
  ]);
  expect(warnings([...usual, 'approval-wanted'])).toHaveLength(1);
  expect(warnings([...usual, 'wanted'])).toEqual([]);
});
