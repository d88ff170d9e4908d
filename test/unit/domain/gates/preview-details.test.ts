import { describe, expect, it } from 'vitest';
import { stages } from '../../../../src/domain/base/stages.ts';
import type { PreviewFacts } from '../../../../src/domain/gates/gate.ts';
import { previewGates } from '../../../../src/domain/gates/preview.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { planningInput, previousDigest } from '../planning-input.ts';

const { plan } = freezePlan(planningInput());
const withPolicy = (change: Partial<Plan['policy']>): Plan => ({ ...plan, policy: { ...plan.policy, ...change } });
const emergency = (of: Plan): Plan => ({
  ...of,
  change: { ...of.change, type: 'emergency' },
  policy: {
    ...of.policy,
    emergency: { role: 'support', waives: ['window'], quorum: [], reviewWithinMs: 1, blocksNext: false },
  },
});
const windows = { timeZone: 'UTC', allow: [], freezes: [], runwayMs: 0, runwayFrom: 'policy' } as const;
const live = {
  release: '1.4.1',
  artifact: { uri: 'x', digest: previousDigest },
  since: '2026-11-19T10:02:44.190Z',
  deployment: null,
};
const stage = {
  stage: 'system',
  required: 'a pass',
  found: 'it',
  verdict: 'passed',
  fault: null,
  proof: null,
} as const;
const facts = {
  stages: stages.map((one) => ({ ...stage, stage: one })),
  rehearsal: { verdict: 'passed', required: 'one', found: 'it', fault: null, isUnverified: false, who: [] },
  window: { open: true, why: 'within window 1', closesAt: null, required: 'a window', who: [] },
  review: null,
  served: { live, slot: 'green' },
} as unknown as PreviewFacts;
const previewed = (of: Plan, name: string, more: object = {}) =>
  previewGates(of, { ...facts, ...more }).find(({ gate }) => gate === name);
const namesOf = (of: Plan, more: object = {}) => previewGates(of, { ...facts, ...more }).map(({ gate }) => gate);

it('gates stand in the order of the process, with those of the steps last', () => {
  expect(namesOf(plan)).toEqual([
    ...stages.map((one) => `stage-${one}`),
    'rehearsal',
    'health-answers',
    'notified',
    'readiness',
    'approval',
    'window',
    'live-release',
    'rollback-checks',
    'health-at-start',
    'go',
  ]);
});

it('a manual step waits for its role, which may be that of who wrote the change', () => {
  const call = {
    id: 'call',
    title: 'Call',
    kind: 'manual',
    instructions: 'Call',
    role: 'developer',
    withinMs: 1,
    undo: { kind: 'none', reason: 'x' },
  } as const;
  expect(previewed({ ...plan, steps: [...plan.steps, call] }, 'call')).toMatchObject({
    state: 'waiting',
    required: '1 developer',
    who: [{ subject: 'key:alice', role: 'developer' }],
  });
  expect(previewed({ ...plan, steps: [{ ...call, role: 'pilot' }] }, 'call')).toMatchObject({
    state: 'blocked',
    reason: 'nobody could give it: nobody has the role pilot',
  });
});

it('a stage that failed says why in a word, where there is one', () => {
  const of = (fault: string | null) =>
    previewed(plan, 'stage-system', { stages: [{ ...stage, verdict: 'failed', fault }] });
  expect(of('missing')).toMatchObject({ state: 'blocked', reason: 'it', fault: 'missing' });
  expect(of(null)).not.toHaveProperty('fault');
});

it('a review that is overdue stands first and is closed by operators, save those who may not', () => {
  const review = {
    deployment: 'shop.production.6',
    why: 'the review of shop.production.6 is overdue',
    excluded: ['key:bob'],
  };
  const [first] = previewGates(withPolicy({ operators: ['service-owner'] }), { ...facts, review });
  expect(first).toEqual({
    gate: 'review',
    state: 'blocked',
    required: 'no review of an emergency is overdue',
    found: review.why,
    reason: review.why,
    who: [{ subject: 'key:carol', name: 'Carol Lind', role: 'service-owner' }],
  });
});

describe('readiness', () => {
  const of = (roles: string[], onCall: string[]) =>
    previewed(withPolicy({ readiness: { roles, onCall, withinMs: 1 } }), 'readiness');

  it('waits for the roles that are asked, and says who is on call', () => {
    expect(of(['support'], [])).toMatchObject({ state: 'waiting', required: '1 support' });
    expect(of(['support'], [])).not.toHaveProperty('found');
    expect(of(['support'], ['monitoring'])).toMatchObject({
      state: 'waiting',
      found: 'monitoring: on call by schedule',
    });
  });

  it('may be given by one person who has all the roles', () => {
    const people = [{ subject: 'key:carol', name: 'Carol', roles: ['support', 'change-manager'], aliases: [] }];
    const asked = { roles: ['support', 'change-manager'], onCall: [], withinMs: 1 };
    expect(previewed(withPolicy({ people, readiness: asked }), 'readiness')).toMatchObject({ state: 'waiting' });
  });

  it('has passed where everybody is on call, and is not required where nobody is named', () => {
    expect(of([], ['monitoring'])).toMatchObject({ state: 'passed', required: 'nobody is asked' });
    expect(previewed(withPolicy({ readiness: null }), 'readiness')).toMatchObject({ state: 'not-required' });
  });
});

describe('the approval', () => {
  it('has been given before where one stands', () => {
    const approvedBy = [{ subject: 'key:bob', role: 'service-owner' }];
    expect(
      previewed(withPolicy({ standing: { approvedBy, until: '2026-12-31', digest: 'sha256:x' } }), 'approval'),
    ).toMatchObject({
      state: 'passed',
      found: 'by key:bob as service-owner, until 2026-12-31',
    });
  });

  it('is blocked by the rule that cannot be filled, for the reason that holds for that one', () => {
    const rules = [
      { role: 'change-manager', minimum: 1 },
      { role: 'developer', minimum: 1 },
      { role: 'pilot', minimum: 1 },
      { role: 'support', minimum: 2 },
    ];
    const approvals = { ...plan.policy.approvals, rules };
    expect(previewed(withPolicy({ approvals }), 'approval')).toMatchObject({
      state: 'blocked',
      reason: [
        'nobody could give it: whoever has the role developer requested or wrote this change',
        'nobody could give it: nobody has the role pilot',
        'only 1 of 2 support could give it',
      ].join('; '),
    });
  });

  it('says where one person would have to fill two rules', () => {
    const rules = [
      { role: 'change-manager', minimum: 1 },
      { role: 'service-owner', minimum: 1 },
    ];
    const [carol] = plan.policy.people.filter(({ subject }) => subject === 'key:carol');
    expect(
      previewed(
        withPolicy({ approvals: { ...plan.policy.approvals, rules }, people: carol ? [carol] : [] }),
        'approval',
      ),
    ).toMatchObject({
      reason: expect.stringMatching(/^1 more \S+ would be needed: one person fills one rule$/),
    });
  });
});

describe('the window', () => {
  const closed = { open: false, why: 'frozen', opensAt: '2026-11-24T09:00:00.000Z', required: 'a window', who: [] };
  const carol = { subject: 'key:carol', name: 'Carol Lind', role: 'change-manager' };

  it('has passed while it is open, and says until when', () => {
    expect(previewed(withPolicy({ windows }), 'window')).toMatchObject({ state: 'passed', found: 'within window 1' });
    const window = { ...facts.window, closesAt: '2026-11-23T16:00:00.000Z' };
    expect(previewed(withPolicy({ windows }), 'window', { window })).toMatchObject({
      found: 'within window 1, until 2026-11-23T16:00:00.000Z',
    });
  });

  it('is not required where policy names none and it is open', () => {
    expect(previewed(withPolicy({ windows: null }), 'window')).toMatchObject({ state: 'not-required' });
  });

  it('is waited for while it is closed, with who could open it', () => {
    expect(previewed(plan, 'window', { window: closed })).toEqual({
      gate: 'window',
      state: 'waiting',
      required: 'a window',
      found: 'frozen',
      opens: '2026-11-24T09:00:00.000Z',
    });
    expect(previewed(plan, 'window', { window: { ...closed, who: [carol] } })).toMatchObject({ who: [carol] });
  });

  it('is let go by an emergency that waives it', () => {
    expect(previewed(emergency(plan), 'window', { window: closed })).toEqual({
      gate: 'window',
      state: 'waived',
      required: 'a window',
      found: 'frozen',
    });
  });
});

it('a live release that is known has passed', () => {
  expect(previewed(plan, 'live-release')).toEqual({
    gate: 'live-release',
    state: 'passed',
    required: 'the artifact that a rollback returns to is known',
    found: 'a rollback returns to 1.4.1 (x)',
  });
});

describe('health at the start', () => {
  it('shows the threshold of each check', () => {
    expect(previewed(plan, 'health-at-start')).toMatchObject({
      state: 'waiting',
      found: expect.stringMatching(/^not measured yet: front-door \(≤ 3 of the last 20 samples failed/),
    });
  });

  it('shows the usual one of a check that says nothing of it, and its own of one that does', () => {
    const of = (health: object | undefined) => {
      const checks = plan.health.map((check) => ({ ...check, sampling: { ...check.sampling, health } }));
      return previewed({ ...plan, health: checks as unknown as Plan['health'] }, 'health-at-start')?.found;
    };
    expect(of(undefined)).toContain('of the last 20 samples');
    expect(of({ window: { kind: 'samples', size: 77 }, atStart: 'must-pass', errors: 'by-limit' })).toContain(
      'of the last 77 samples',
    );
  });

  it('and what a rollback returns to are not asked of the first deployment', () => {
    const initial = { ...plan, change: { ...plan.change, initial: true } };
    for (const gate of ['health-at-start', 'rollback-checks'])
      expect(previewed(initial, gate)).toMatchObject({ state: 'not-required' });
    expect(previewed(plan, 'rollback-checks')).toMatchObject({ state: 'waiting' });
  });
});
