import { describe, expect, it } from 'vitest';
import { liveReleaseGate } from '../../../src/domain/bindings.ts';
import { unacknowledged } from '../../../src/domain/decide.ts';
import { freezePlan } from '../../../src/domain/planning/planning.ts';
import { policySchema } from '../../../src/domain/policy/policy.ts';
import { buildRecord } from '../../../src/domain/record.ts';
import { renderRecord } from '../../../src/domain/record-markdown.ts';
import { initialState } from '../../../src/domain/state.ts';
import { goodJournal } from '../../support/journal.ts';
import { environmentDocument, planningInput, policyDocument, previousDigest } from './planning-input.ts';

const withReadiness = (roles: readonly unknown[]) => ({
  ...policyDocument(),
  environments: { production: { ...environmentDocument(), readiness: { roles, within: '8h' } } },
});
const monitoring = { role: 'change-manager', standing: true };

describe('readiness', () => {
  it('is not asked of a role that is on call by schedule, and the plan says which one is', () => {
    const { plan } = freezePlan(planningInput({ policy: withReadiness(['support', monitoring]) }));
    expect(plan.policy.readiness).toStrictEqual({
      roles: ['support'],
      standing: ['change-manager'],
      withinMs: 28_800_000,
    });
    expect(unacknowledged(plan, initialState(plan), 'readiness')).toStrictEqual(['support']);
  });

  it('is said in the record to be by schedule', () => {
    const { plan, planDigest, journal } = goodJournal();
    const policy = { ...plan.policy, readiness: { roles: ['support'], standing: ['monitoring'], withinMs: 1 } };
    const record = renderRecord(buildRecord({ ...plan, policy }, planDigest, journal, { state: 'final' }));
    expect(record).toContain('monitoring: standing, on call by schedule');
  });

  it.each([
    [[{ role: 'nobody', standing: true }], ['environments', 'production', 'readiness', 'roles', 0]],
    [
      ['support', { role: 'support', standing: true }],
      ['environments', 'production', 'readiness', 'roles'],
    ],
    [[{ role: 'support', standing: false }], ['environments', 'production', 'readiness', 'roles', 0]],
  ])('is refused as %j', (roles, path) => {
    expect(policySchema.safeParse(withReadiness(roles)).error?.issues.map((issue) => issue.path)).toStrictEqual([path]);
  });
});

describe('the gate of the live release', () => {
  const { plan } = freezePlan(planningInput());
  const artifact = { uri: 'ghcr.io/acme/shop:1.4.1', digest: previousDigest };
  const live = { release: '1.4.1', artifact, since: '2026-11-19T10:02:44.190Z', deployment: null };

  it('says which artifact a rollback returns to', () => {
    expect(liveReleaseGate(plan, { live, slot: 'blue' })).toMatchObject({
      verdict: 'passed',
      found: 'a rollback returns to 1.4.1 (ghcr.io/acme/shop:1.4.1)',
      digest: previousDigest,
    });
  });

  it('does not pass where nothing is known to be live, even if the plan speaks of none', () => {
    const mute = { ...plan, slots: [], steps: [], rollback: { verify: [], settleMs: 0 } };
    for (const one of [plan, mute])
      expect(liveReleaseGate(one, { live: null, slot: null })).toMatchObject({ verdict: 'failed' });
    expect(liveReleaseGate(plan, { live, slot: null })).toMatchObject({ verdict: 'failed' });
  });

  it('is not asked of the first deployment of a service', () => {
    const first = { ...plan, change: { ...plan.change, initial: true } };
    expect(liveReleaseGate(first, { live: null, slot: null })).toMatchObject({ verdict: 'not-required' });
  });
});
