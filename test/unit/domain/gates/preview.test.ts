import { describe, expect, it } from 'vitest';
import type { Stage } from '../../../../src/domain/base/stages.ts';
import { evaluateStages } from '../../../../src/domain/evidence/evaluate-stages.ts';
import { previewGates } from '../../../../src/domain/gates/preview.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { fillable, shortOf } from '../../../../src/domain/policy/quorum.ts';
import type { Signer } from '../../../../src/domain/policy/signers-schema.ts';
import type { WindowFinding } from '../../../../src/domain/policy/windows-schema.ts';
import { evaluateRehearsal } from '../../../../src/domain/rehearsal/counts-as-proof.ts';
import type { RehearsalRow } from '../../../../src/domain/rehearsal/statement.ts';
import { rehearsalRow } from '../../store/rows.ts';
import { artifactDigest, evidenceRows, planningInput, procedureOfTwo, requestDocument } from '../planning-input.ts';

const { plan } = freezePlan(planningInput({ procedure: procedureOfTwo() }));
type Policy = Plan['policy'];
const withPolicy = (change: Partial<Policy>): Plan => ({ ...plan, policy: { ...plan.policy, ...change } });
const person = (subject: string, ...roles: string[]) => ({ subject, name: `Name of ${subject}`, roles, aliases: [] });

const anybody = { subject: 'key:alice', name: 'Alice Roe', role: 'request' };

function gate(
  of: Plan,
  name: string,
  rows = evidenceRows(),
  rehearsals: readonly RehearsalRow[] = [],
  more = { isUnverified: false, who: [anybody] },
) {
  const stages = evaluateStages(
    rows,
    artifactDigest,
    Date.parse('2026-11-23T09:00:00.000Z'),
    of.policy.evidence.maxAgeMs,
  );
  const served = { live: null, slot: null };
  const window: WindowFinding = { open: true, why: 'no window is required', closesAt: null, required: 'nothing' };
  const rehearsal = { ...evaluateRehearsal(of, rehearsals, Date.parse('2026-11-23T09:00:00.000Z'), []), ...more };
  const given = { stages, rehearsal, served, window: { ...window, who: [] }, review: null };
  return previewGates(of, given).find((one) => one.gate === name);
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

describe('who could prove a stage', () => {
  const none = evidenceRows().filter(({ stage }) => stage !== 'system');
  const robot = (subject: string, services?: string[]) => ({
    subject,
    name: subject,
    may: ['submit-evidence' as const],
    ...(services === undefined ? {} : { services }),
  });
  const whoOf = (policy: Partial<Policy>) => gate(withPolicy(policy), 'stage-system', none)?.who;

  it('is a pipeline of this service, never one whose evidence counts for others only', () => {
    const robots = [robot('key:ci-api', ['api']), robot('key:ci-shop', ['shop', 'api']), robot('key:ci')];
    const idle = { subject: 'key:idle', name: 'Idle', may: ['request' as const] };
    expect(whoOf({ robots: [...robots, idle] })?.map(({ subject }) => subject)).toEqual(['key:ci-shop', 'key:ci']);
  });

  it('is a signer whom the environment names for that stage, where it names any', () => {
    const signer = (name: string, stages: readonly Stage[]): Signer => ({
      name,
      stages: [...stages],
      algorithm: 'ed25519',
      key: '00'.repeat(32),
      keyId: `sha256:${name}`,
    });
    const signers = [signer('build', ['integration', 'system']), signer('audit', ['production'])];
    expect(whoOf({ evidence: { ...plan.policy.evidence, signers } })).toEqual([
      { subject: 'sha256:build', name: 'build', role: 'signer' },
    ]);
  });
});

it('a rehearsal that policy asks for is passed or blocks, and who could request one is told with how', () => {
  expect(gate(plan, 'rehearsal')).toMatchObject({ state: 'not-required', found: 'not asked for' });
  const asked = withPolicy({ rehearsal: { maxAgeMs: 30 * 86_400_000, environment: 'staging' } });
  expect(gate(asked, 'rehearsal', [], [rehearsalRow()])).toMatchObject({ state: 'passed' });
  expect(gate(asked, 'rehearsal')).toMatchObject({
    state: 'blocked',
    reason: expect.stringMatching(
      /in staging: rehearse it there; request one: "mode": "rehearsal", "environment": "staging"$/,
    ),
    who: [anybody],
  });
});

it('a rehearsal whose signature nobody here can verify has not passed yet', () => {
  const asked = withPolicy({ rehearsal: { maxAgeMs: 30 * 86_400_000, environment: 'staging' } });
  const unverified = { isUnverified: true, who: [anybody] };
  expect(gate(asked, 'rehearsal', [], [rehearsalRow()], unverified)).toMatchObject({
    state: 'waiting',
    found: expect.stringMatching(/: it counts unless a worker that has the key finds it false$/),
  });
  expect(gate(asked, 'rehearsal', [], [], unverified)).toMatchObject({ state: 'blocked' });
});

it('a live release that is not known blocks, and names who could adopt it', () => {
  expect(gate(plan, 'live-release')).toMatchObject({
    state: 'blocked',
    who: [{ name: 'Bob May' }, { name: 'Carol Lind' }, { name: 'Carol Lind' }],
  });
});
