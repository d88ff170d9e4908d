import { describe, expect, it } from 'vitest';
import { judgeStages } from '../../../src/domain/evidence/judge-stages.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import { freezePlan } from '../../../src/domain/planning/planning.ts';
import { previewGates } from '../../../src/domain/planning/preview-gates.ts';
import { fillable, shortOf } from '../../../src/domain/policy/quorum.ts';
import type { WindowFinding } from '../../../src/domain/ports.ts';
import { judgeRehearsal } from '../../../src/domain/rehearsal/judge-rehearsal.ts';
import type { RehearsalRow } from '../../../src/domain/rehearsal/rehearsal-statement.ts';
import { rehearsalRow } from '../store/rows.ts';
import { artifactDigest, evidenceRows, planningInput, requestDocument } from './planning-input.ts';

const { plan } = freezePlan(planningInput());
type Policy = Plan['policy'];
const withPolicy = (change: Partial<Policy>): Plan => ({ ...plan, policy: { ...plan.policy, ...change } });
const person = (subject: string, ...roles: string[]) => ({ subject, name: `Name of ${subject}`, roles, aliases: [] });

function gate(of: Plan, name: string, rows = evidenceRows(), rehearsals: readonly RehearsalRow[] = []) {
  const stages = judgeStages(rows, artifactDigest, Date.parse('2026-11-23T09:00:00.000Z'), of.policy.evidence.maxAgeMs);
  const served = { live: null, slot: null };
  const window: WindowFinding = { open: true, why: 'no window is required', closesAt: null, required: 'nothing' };
  const rehearsal = judgeRehearsal(of, rehearsals, Date.parse('2026-11-23T09:00:00.000Z'), []);
  return previewGates(of, { stages, rehearsal, served, window, review: null }).find((one) => one.gate === name);
}

describe('who could fill rules', () => {
  const short = (rules: readonly (readonly [string, number])[], ...people: ReturnType<typeof person>[]) => {
    const asked = rules.map(([role, minimum]) => ({ role, minimum }));
    return shortOf(fillable(asked, people, new Set(['excluded'])));
  };

  it('is whoever has the role and is not excluded', () => {
    expect(short([['owner', 1]], person('a', 'owner'))).toEqual([]);
    expect(short([['owner', 1]], person('excluded', 'owner'))).toEqual([{ role: 'owner', minimum: 1 }]);
    expect(short([['owner', 3]], person('a', 'owner'), person('b', 'other'))).toEqual([{ role: 'owner', minimum: 2 }]);
  });

  it('counts a person once, and gives each the rule that nobody else can fill', () => {
    const both = person('a', 'owner', 'manager');
    const rules = [
      ['owner', 1],
      ['manager', 1],
    ] as const;
    expect(short(rules, both)).toEqual([{ role: 'manager', minimum: 1 }]);
    expect(short(rules, both, person('b', 'owner'))).toEqual([]);
    expect(short(rules, both, person('b', 'manager'))).toEqual([]);
    // A chain: c can do only the third, so b moves to the second, so a moves to the first.
    const three = [
      ['one', 1],
      ['two', 1],
      ['three', 1],
    ] as const;
    const chain = [person('b', 'two', 'three', 'one'), person('a', 'one', 'two'), person('c', 'two')];
    expect(short(three, ...chain)).toEqual([]);
  });
});

describe('a gate that waits for people', () => {
  it('names what is missing and who could give it: never whoever requested or wrote the change', () => {
    expect(gate(plan, 'approval')).toEqual({
      gate: 'approval',
      state: 'waiting',
      required: '1 service-owner, 1 change-manager',
      missing: [
        { role: 'service-owner', minimum: 1 },
        { role: 'change-manager', minimum: 1 },
      ],
      who: [
        { subject: 'key:bob', name: 'Bob May', role: 'service-owner' },
        { subject: 'key:carol', name: 'Carol Lind', role: 'service-owner' },
        { subject: 'key:carol', name: 'Carol Lind', role: 'change-manager' },
      ],
    });
    const change = { ...requestDocument().change, authors: ['github:bob'] };
    const bobs = freezePlan(planningInput({ request: { ...requestDocument(), change } })).plan;
    expect(gate(bobs, 'go')).toMatchObject({ state: 'waiting', who: [{ subject: 'key:carol' }] });
    // Carol alone is left, and one person fills one rule.
    expect(gate(bobs, 'approval')).toMatchObject({
      state: 'blocked',
      reason: '1 more change-manager would be needed: one person fills one rule',
    });
  });

  it('is blocked where nobody could give it, and says why', () => {
    const nobody = withPolicy({ people: [person('key:alice', 'service-owner')], readiness: null });
    expect(gate(nobody, 'go')).toMatchObject({
      state: 'blocked',
      who: [],
      reason: 'nobody could give it: whoever has the role service-owner requested or wrote this change',
    });
    expect(gate(nobody, 'approval')?.reason).toContain('nobody could give it: nobody has the role change-manager');
    const two = withPolicy({
      approvals: { ...plan.policy.approvals, rules: [{ role: 'change-manager', minimum: 2 }] },
    });
    expect(gate(two, 'approval')).toMatchObject({
      state: 'blocked',
      reason: 'only 1 of 2 change-manager could give it',
    });
  });

  it('waits for those who say that they are ready, who may be anybody with the role', () => {
    expect(gate(plan, 'readiness')).toMatchObject({ state: 'waiting', who: [{ name: 'Dan Ode', role: 'support' }] });
    expect(gate(withPolicy({ readiness: null }), 'readiness')).toMatchObject({ state: 'not-required' });
    const absent = withPolicy({ people: [person('key:bob', 'service-owner')] });
    expect(gate(absent, 'readiness')).toMatchObject({
      state: 'blocked',
      reason: 'nobody could give it: nobody has the role support',
    });
  });
});

it('a stage is passed or blocks, and names the pipelines that could prove it', () => {
  expect(gate(plan, 'stage-system')).toMatchObject({ state: 'passed' });
  const without = evidenceRows().filter(({ stage }) => stage !== 'system');
  expect(gate(plan, 'stage-system', without)).toMatchObject({
    state: 'blocked',
    reason: 'no evidence for this artifact digest',
    who: [{ subject: 'key:ci-shop', name: 'CI of shop', role: 'submit-evidence' }],
  });
});

it('a rehearsal that policy asks for is passed or blocks', () => {
  expect(gate(plan, 'rehearsal')).toMatchObject({ state: 'not-required', found: 'not asked for' });
  const asked = withPolicy({ rehearsal: { maxAgeMs: 30 * 86_400_000, environment: 'staging' } });
  expect(gate(asked, 'rehearsal', [], [rehearsalRow()])).toMatchObject({ state: 'passed' });
  expect(gate(asked, 'rehearsal')).toMatchObject({
    state: 'blocked',
    reason: expect.stringContaining('in staging: rehearse it there'),
  });
});

it('a live release that is not known blocks, and names who could adopt it', () => {
  expect(gate(plan, 'live-release')).toMatchObject({
    state: 'blocked',
    who: [{ name: 'Bob May' }, { name: 'Carol Lind' }, { name: 'Carol Lind' }],
  });
});
