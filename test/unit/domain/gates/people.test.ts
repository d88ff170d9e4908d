import { describe, expect, it } from 'vitest';
import { approval } from '../../../../src/domain/gates/approval.ts';
import { lastEvaluation } from '../../../../src/domain/gates/evaluate.ts';
import type { Found } from '../../../../src/domain/gates/gate.ts';
import { readiness } from '../../../../src/domain/gates/readiness.ts';
import { rollbackChecks } from '../../../../src/domain/gates/rollback-checks.ts';
import { window } from '../../../../src/domain/gates/window.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { bob, carol, dan, goodJournal } from '../../../support/journal.ts';
import { planningInput } from '../planning-input.ts';

const { plan } = freezePlan(planningInput());
const withPolicy = (change: Partial<Plan['policy']>): Plan => ({ ...plan, policy: { ...plan.policy, ...change } });
const standing = withPolicy({
  standing: { approvedBy: [{ subject: 'key:bob', role: 'service-owner' }], until: '2026-12-31', digest: 'sha256:x' },
});

describe('the approval', () => {
  const approvals = [
    { by: bob, gate: 'start', role: 'service-owner' },
    { by: carol, gate: 'start', role: 'change-manager' },
    { by: bob, gate: 'go', role: 'service-owner' },
  ] as unknown as Found['approval']['approvals'];

  it('counts those of the start against what the rules ask for', () => {
    expect(approval.evaluate.approval(plan, { approvals, isInTime: true })).toMatchObject({
      required: '1 service-owner, 1 change-manager',
      found: '2 of 2',
      verdict: 'passed',
      why: null,
    });
  });

  it('has failed where it did not come in time', () => {
    expect(approval.evaluate.approval(plan, { approvals: [], isInTime: false })).toMatchObject({
      found: '0 of 2',
      verdict: 'failed',
      why: 'not approved before approvals expire',
    });
  });

  it('that stands has passed, and is evaluated again under the lock', () => {
    const found = 'by key:bob as service-owner, until 2026-12-31';
    const grant = (of: Plan, fault: Found['grant']['standing']) =>
      approval.evaluate.grant(of, { standing: fault } as Found['grant']);
    expect(approval.evaluate.approval(standing, { approvals: [], isInTime: false })).toMatchObject({
      found,
      verdict: 'passed',
    });
    expect(grant(standing, null)).toMatchObject({ found, verdict: 'passed' });
    expect(grant(standing, { kind: 'expired', summary: 'it ended' })).toMatchObject({
      verdict: 'failed',
      why: 'it ended',
    });
    expect(grant(plan, null)).toBeNull();
  });
});

describe('readiness', () => {
  const asked = withPolicy({ readiness: { roles: ['support'], onCall: ['monitoring'], withinMs: 1 } });
  const of = (missing: readonly string[]) =>
    readiness.evaluate.readiness(asked, {
      acknowledged: [
        { by: dan, for: 'readiness', role: 'support', at: '09:05' },
        { by: carol, for: 'handoff', role: 'support', at: '09:50' },
      ] as unknown as Found['readiness']['acknowledged'],
      missing,
    });

  it('rests on those who acknowledged it, and those on call', () => {
    expect(of([])).toMatchObject({
      required: 'support, monitoring',
      found: 'Dan Ode for support 09:05 (api, verified); monitoring: on call by schedule',
      verdict: 'passed',
      why: null,
    });
  });

  it('has failed where somebody did not in time', () => {
    expect(of(['support'])).toMatchObject({
      found: 'not acknowledged in time: support',
      verdict: 'failed',
      why: 'not ready in time: support',
    });
  });
});

describe('rollback checks', () => {
  const of = (...verdicts: string[]) => {
    const rollback = verdicts.map((verdict) => ({ verdict })) as unknown as Found['grant']['rollback'];
    return rollbackChecks.evaluate.grant(plan, { rollback } as Found['grant']);
  };

  it('pass where all that are planned do', () => {
    expect(of('passed')).toMatchObject({ found: '1 of 1 rollback checks passed', verdict: 'passed', why: null });
    for (const verdicts of [[], ['failed'], ['error']])
      expect(of(...verdicts)).toMatchObject({
        found: '0 of 1 rollback checks passed',
        verdict: 'failed',
        why: 'the rollback checks do not pass, so there is nothing sound to return to',
      });
  });
});

it('a window is asked for where policy names one, or something held it closed', () => {
  const open = { open: true, why: 'open', closesAt: null, required: 'no freeze' } as const;
  const words = 'the policy names no windows, and no freeze holds';
  expect(window.absence(plan, {})).toBe(words);
  expect(window.absence(plan, { window: open })).toBe(words);
  expect(window.absence(plan, { window: { ...open, wasHeld: true } })).toBeNull();
});

it('a gate counts as it was evaluated last, for itself', () => {
  const { journal } = goodJournal();
  expect(lastEvaluation(journal, 'stage-system')).toMatchObject({ gate: 'stage-system', moment: 'grant' });
  expect(lastEvaluation(journal, 'window')).toBeNull();
});
