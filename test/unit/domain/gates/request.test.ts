import { describe, expect, it } from 'vitest';
import { stages } from '../../../../src/domain/base/stages.ts';
import { evaluateAt } from '../../../../src/domain/gates/evaluate.ts';
import { stageResult } from '../../../../src/domain/gates/gate.ts';
import { rehearsal as rehearsalGate } from '../../../../src/domain/gates/rehearsal.ts';
import { stageGates } from '../../../../src/domain/gates/stages.ts';
import type { Tried } from '../../../../src/domain/journal/deliveries.ts';
import type { CheckResult } from '../../../../src/domain/journal/values.ts';
import { bindingsFor } from '../../../../src/domain/plan/bindings.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { planningInput, previousDigest } from '../planning-input.ts';

const { plan: frozen } = freezePlan(planningInput());
const plan: Plan = {
  ...frozen,
  policy: { ...frozen.policy, rehearsal: { maxAgeMs: 1, environment: 'staging' } },
};
const [frontDoor] = plan.health as [Plan['health'][number]];
/** The same with a second check, which may be bad before the change. */
const lenient: Plan = {
  ...plan,
  health: [
    frontDoor,
    {
      ...frontDoor,
      id: 'search',
      sampling: {
        ...frontDoor.sampling,
        health: {
          ...(frontDoor.sampling.health as NonNullable<typeof frontDoor.sampling.health>),
          atStart: 'may-fail',
        },
      },
    },
  ],
};
const emergency: Plan = {
  ...plan,
  change: { ...plan.change, type: 'emergency' },
  policy: {
    ...plan.policy,
    emergency: { role: 'support', waives: ['health-at-start'], quorum: [], reviewWithinMs: 1, blocksNext: false },
  },
};

const answer = (check: string, verdict: CheckResult['verdict'] = 'passed'): CheckResult => ({
  check,
  kind: 'http',
  verdict,
  threshold: '200',
  summary: verdict === 'error' ? 'no answer' : '200',
  samples: 1,
  observed: {},
  startedAt: '',
  endedAt: '',
});
const passed = {
  required: 'it',
  found: 'it',
  verdict: 'passed',
  fault: null,
  digest: null,
  url: null,
  proof: null,
} as const;
const reached: Tried = { stakeholder: 'Shop team', delivered: true };
const live = {
  release: '1.4.1',
  artifact: { uri: 'x', digest: previousDigest },
  since: '2026-11-19T10:02:44.190Z',
  deployment: null,
};

function evaluated(
  of: Plan,
  {
    results = of.health.map(({ id }) => answer(id)),
    deliveries = [reached],
    serves = true,
  }: { results?: CheckResult[]; deliveries?: Tried[]; serves?: boolean } = {},
) {
  const bindings = bindingsFor(of, 'shop.production.7', 7, serves ? live : null, serves ? 'green' : null);
  return evaluateAt(of, 'request', {
    stages: stages.map((stage) => ({ ...passed, stage })),
    rehearsal: passed,
    observed: { results },
    deliveries,
    bindings,
  });
}
const gateOf = (gate: string, ...given: Parameters<typeof evaluated>) => {
  const { entries, faults } = evaluated(...given);
  return { ...entries.find((one) => one.gate === gate), faults };
};

it('everything that a machine can tell of a request is evaluated, in the order of the record', () => {
  const { entries, faults } = evaluated(plan);
  const order = [...stages.map((stage) => `stage-${stage}`), 'rehearsal', 'health-answers', 'notified', 'live-release'];
  expect(entries.slice(0, -1).map(({ gate, moment, verdict }) => `${gate} ${moment} ${verdict}`)).toEqual(
    order.slice(0, -1).map((gate) => `${gate} verifying passed`),
  );
  expect(entries.at(-1)?.gate).toBe('live-release');
  expect(faults).toEqual([]);
});

describe('stages and rehearsal', () => {
  const stageOf = (more: object) =>
    stageGates[2]?.evaluate.request(plan, { stages: [{ ...passed, stage: 'system', ...more }] } as never);
  const rehearsalOf = (more: object) =>
    rehearsalGate.evaluate.grant(plan, { rehearsal: { ...passed, ...more } } as never);

  it('are at fault where they failed, and where nothing is clear', () => {
    expect(stageOf({})?.why).toBeNull();
    expect(stageOf({ verdict: 'waived', fault: 'too-old' })?.why).toBeNull();
    expect(stageOf({ verdict: 'failed', fault: 'missing', found: 'nothing' })?.why).toBe(
      'stage system missing (nothing)',
    );
    expect(stageOf({ verdict: 'failed' })?.why).toBe('stage system unclear (it)');
    expect(stageOf({ stage: 'learning' })).toMatchObject({
      verdict: 'failed',
      why: 'stage system unclear (not evaluated)',
    });
    expect(rehearsalOf({ verdict: 'failed', fault: 'missing', found: 'none' }).why).toBe('rehearsal missing (none)');
    expect(rehearsalOf({ verdict: 'failed' }).why).toBe('rehearsal unclear (it)');
    expect(rehearsalOf({ verdict: 'waived', fault: 'too-old' }).why).toBeNull();
  });

  it('go by the evidence that was found', () => {
    const finding = {
      stage: 'system',
      required: 'x',
      found: 'x',
      verdict: 'passed',
      fault: null,
      proof: null,
    } as const;
    const evidence = { digest: 'sha256:x', url: 'https://ci.example/1' } as never;
    expect(stageResult({ ...finding, evidence })).toEqual({
      ...finding,
      digest: 'sha256:x',
      url: 'https://ci.example/1',
    });
    expect(stageResult({ ...finding, evidence: null })).toEqual({ ...finding, digest: null, url: null });
  });

  it('name what they rest on, where they rest on something', () => {
    const proof = { kind: 'rehearsal', deployment: 'd', environment: 'staging', verifiedAt: '' };
    const named = { digest: 'sha256:x', url: 'https://ci.example/1', fault: 'too-old' };
    expect(Object.keys(stageOf({}) ?? {})).toEqual(['required', 'found', 'verdict', 'why']);
    expect(stageOf(named)).toMatchObject(named);
    expect(rehearsalOf({ proof })).toMatchObject({ proof });
  });
});

describe('health checks', () => {
  it('answer whatever they measure, but for an error', () => {
    for (const verdict of ['failed', 'inconclusive'] as const)
      expect(gateOf('health-answers', plan, { results: [answer('front-door', verdict)] })).toMatchObject({
        verdict: 'passed',
        found: '1 of 1 health checks answered',
      });
    expect(gateOf('health-answers', plan, { results: [answer('front-door', 'error')] })).toMatchObject({
      verdict: 'failed',
      found: '0 of 1 health checks answered',
      faults: ['health checks that do not answer: front-door (no answer)'],
    });
  });

  it('need not answer yet where they may be bad before the change, and the others do', () => {
    const of = (...results: CheckResult[]) => gateOf('health-answers', lenient, { results });
    expect(of(answer('front-door'), answer('search', 'error'))).toMatchObject({
      verdict: 'passed',
      found: '1 of 2 health checks answered; search need not yet',
      faults: [],
    });
    expect(of(answer('front-door', 'error'), answer('search'))).toMatchObject({ verdict: 'failed' });
    expect(of(answer('front-door', 'error'), answer('search', 'error'))).toMatchObject({
      verdict: 'failed',
      faults: ['health checks that do not answer: front-door (no answer), search (no answer)'],
    });
    expect(of(answer('front-door', 'error'), answer('other', 'error'))).toMatchObject({ verdict: 'failed' });
  });

  it('have not answered where nobody asked all of them', () => {
    expect(gateOf('health-answers', lenient, { results: [answer('front-door')] })).toMatchObject({
      verdict: 'failed',
      faults: ['health checks that do not answer: unclear'],
    });
  });

  it('that do not answer are let go by an emergency that waives it', () => {
    expect(gateOf('health-answers', emergency, { results: [answer('front-door', 'error')] })).toMatchObject({
      verdict: 'waived',
      faults: [],
    });
  });
});

describe('stakeholders', () => {
  const lost: Tried = { stakeholder: 'Shop team', delivered: false };
  it('are notified where each of them was reached in one way', () => {
    expect(gateOf('notified', plan, { deliveries: [lost, reached] })).toMatchObject({
      verdict: 'passed',
      found: '1 of 1 reached',
      faults: [],
    });
    expect(gateOf('notified', plan, { deliveries: [reached, { ...lost, stakeholder: 'Owners' }] })).toMatchObject({
      verdict: 'failed',
      found: '1 of 2 reached',
      faults: ['stakeholders notified: 1 of 2'],
    });
  });

  it('are not notified where there are none', () => {
    expect(gateOf('notified', plan, { deliveries: [] })).toMatchObject({
      verdict: 'failed',
      faults: ['stakeholders notified: 0 of 0'],
    });
  });
});

it('a live release that is not known is a fault', () => {
  expect(gateOf('live-release', plan, { serves: false })).toMatchObject({
    verdict: 'failed',
    faults: [expect.stringMatching(/^live release: Nothing is known to be live/)],
  });
});
