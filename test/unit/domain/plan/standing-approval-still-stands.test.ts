import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { standingFault } from '../../../../src/domain/plan/standing-approval-still-stands.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { digestFilledWith, planningInput, policyDocumentWith } from '../planning-input.ts';

const { plan: frozen } = freezePlan(planningInput());
const { digest } = frozen.procedure;
const approvedBy = ['key:bob', 'key:carol'];
const plan: Plan = {
  ...frozen,
  policy: {
    ...frozen.policy,
    standing: {
      approvedBy: [
        { subject: 'key:bob', role: 'service-owner' },
        { subject: 'key:carol', role: 'change-manager' },
      ],
      until: '2026-11-30',
      digest,
    },
  },
};

const own = { service: 'shop', procedure: 'shop-blue-green', digest, approvedBy, until: '2026-11-30' };
const policyWith = (...standard: object[]) => policySchema.parse(policyDocumentWith({ standard }));
const now = Date.parse('2026-11-23T09:00:00.000Z');
const end = Date.parse('2026-12-01T00:00:00.000Z');
const faultOf = (policy = policyWith(own), at = now, of = plan) => standingFault(of, policy, at)?.summary ?? null;

describe('a standing approval', () => {
  it('stands through its last day', () => {
    expect(faultOf()).toBeNull();
    expect(faultOf(policyWith(own), end - 1)).toBeNull();
    expect(standingFault(plan, policyWith(own), end)).toMatchObject({ kind: 'expired' });
    expect(faultOf(policyWith(own), end, frozen)).toBeNull();
  });

  it.each([
    ['for another service', { service: 'search' }],
    ['of another procedure', { procedure: 'shop-canary' }],
    ['of another digest', { digest: digestFilledWith('0') }],
    ['by fewer people', { approvedBy: ['key:bob'] }],
  ])('is gone where the policy has one %s', (_, change) => {
    expect(faultOf(policyWith({ ...own, ...change }))).toMatch(/the policy no longer has it$/);
    expect(faultOf(policyWith({ ...own, ...change }, own))).toBeNull();
  });

  it('is gone with a person who gave it, or with the role in which they did', () => {
    const policy = policyWith(own);
    const without = { ...policy, people: policy.people.filter(({ subject }) => subject !== 'key:carol') };
    expect(faultOf(without)).toMatch(/: key:carol approved as change-manager and is no longer in the policy$/);
    const people = policy.people.map((one) => (one.subject === 'key:carol' ? { ...one, roles: ['support'] } : one));
    expect(faultOf({ ...policy, people })).toMatch(
      /: key:carol approved as change-manager and no longer has that role$/,
    );
  });

  it('is gone where the policy does not know the environment', () => {
    expect(faultOf(policyWith(own), now, { ...plan, environment: 'gone' })).toMatch(/the policy no longer has it$/);
  });

  it('has ended where the policy ends it sooner, in each place that has it', () => {
    const sooner = { ...own, until: '2026-11-22' };
    expect(faultOf(policyWith(sooner))).toMatch(/the policy has ended it$/);
    expect(faultOf(policyWith(sooner), Date.parse('2026-11-23T00:00:00.000Z'))).toMatch(/the policy has ended it$/);
    expect(faultOf(policyWith(sooner, own))).toBeNull();
  });
});
