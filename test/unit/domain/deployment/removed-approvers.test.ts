import { expect, it } from 'vitest';
import {
  lapsedBy,
  lostApprover,
  type Removed,
  removedSince,
} from '../../../../src/domain/deployment/removed-approvers.ts';
import type { Actor } from '../../../../src/domain/journal/values.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { bob, carol } from '../../../support/journal.ts';
import { planningInput, policyDocument } from '../planning-input.ts';

const { plan } = freezePlan(planningInput());
const at = '2026-11-23T09:00:00.000Z';
const approvalOf = (by: Actor, role: string) => ({ by, gate: 'start', role, at, expiresAt: null });

it('approvers are lost without the person, and without the role for this service', () => {
  const policy = policySchema.parse({ ...policyDocument(), services: { shop: { owners: ['key:bob'] } } });
  const asOwner = (subject: string) => ({ subject, role: 'service-owner' });
  const lost = (subject: string) => lostApprover(policy, 'shop/production', [asOwner(subject)]);
  expect(lost('key:bob')).toBeUndefined();
  expect(lost('key:carol')).toEqual(asOwner('key:carol'));
  expect(lost('key:gone')).toEqual(asOwner('key:gone'));
});

it('approvals lapse with the person or the role', () => {
  const approvals = [approvalOf(bob, 'service-owner'), approvalOf(carol, 'change-manager')];
  const lapsed = (removed: Removed) => lapsedBy(approvals, removed).map(({ by }) => by.name);
  expect(lapsed({})).toStrictEqual([]);
  expect(lapsed({ 'key:bob': null })).toStrictEqual(['Bob May']);
  expect(lapsed({ 'key:carol': ['service-owner'] })).toStrictEqual([]);
  expect(lapsed({ 'key:carol': ['change-manager'] })).toStrictEqual(['Carol Lind']);
});

it('people are removed with their roles, and a role by itself', () => {
  const people = (change: (person: { subject: string; roles: string[] }) => object[]) =>
    policySchema.parse({ ...policyDocument(), people: policyDocument().people.flatMap(change) });
  expect(
    removedSince(
      plan,
      people((person) => [person]),
    ),
  ).toEqual({});
  expect(
    removedSince(
      plan,
      people((person) => (person.subject === 'key:bob' ? [] : [person])),
    ),
  ).toEqual({
    'key:bob': null,
  });
  const carol = { subject: 'key:carol', name: 'Carol Lind', roles: ['change-manager'] };
  expect(
    removedSince(
      plan,
      people((person) => [person.subject === 'key:carol' ? carol : person]),
    ),
  ).toEqual({
    'key:carol': ['service-owner'],
  });
});
