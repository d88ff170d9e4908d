import { describe, expect, it } from 'vitest';
import { removedSince } from '../../../../src/domain/deployment/removed-approvers.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { peopleOfService } from '../../../../src/domain/policy/roles-for-service.ts';
import { planningInput, policyDocument, requestDocument } from '../planning-input.ts';
import { refusalOf } from '../refusal-of.ts';

type Document = Record<string, unknown>;

const withServices = (services: Document, more: Document = {}) => ({ ...policyDocument(), services, ...more });
const rolesIn = (people: readonly { readonly subject: string; readonly roles: readonly string[] }[]) =>
  Object.fromEntries(people.map(({ subject, roles }) => [subject, roles]));

describe('people of a service', () => {
  const policy = policySchema.parse(withServices({ shop: { owners: ['github:alice'] } }));

  it('own it where the policy names it, and nobody else does', () => {
    expect(rolesIn(peopleOfService(policy, 'shop'))).toEqual({
      'key:alice': ['developer', 'service-owner'],
      'key:bob': [],
      'key:carol': ['change-manager'],
      'key:dan': ['support'],
    });
  });

  it.each(['search', 'constructor'])('have the roles that are written where it does not: %s', (service) => {
    expect(peopleOfService(policy, service)).toBe(policy.people);
  });

  it('may be its owners without anybody having the role at large', () => {
    const people = policyDocument().people.map((person) => ({
      ...person,
      roles: person.roles.filter((role) => role !== 'service-owner'),
    }));
    const document = { ...withServices({ shop: { owners: ['key:bob'] } }), people };
    expect(policySchema.safeParse(document).success).toBe(true);
    expect(policySchema.safeParse({ ...document, services: {} }).success).toBe(false);
  });
});

describe('a plan', () => {
  // Alice wrote the change, so that somebody else has to be there for its gate.
  const policy = withServices({ shop: { owners: ['key:alice', 'key:carol'] } });

  it('freezes the people with their roles for its service', () => {
    const { plan } = freezePlan(planningInput({ policy }));
    expect(rolesIn(plan.policy.people)).toMatchObject({ 'key:alice': ['developer', 'service-owner'], 'key:bob': [] });
    const other = freezePlan(planningInput({ policy, request: { ...requestDocument(), service: 'search' } })).plan;
    expect(rolesIn(other.policy.people)).toMatchObject({ 'key:alice': ['developer'], 'key:bob': ['service-owner'] });
  });

  it('is unchanged where the policy names no services', () => {
    const { plan } = freezePlan(planningInput());
    expect(plan.policy.people).toEqual(policySchema.parse(policyDocument()).people);
  });

  it('loses an owner with the service, not with the role at large', () => {
    const { plan } = freezePlan(planningInput({ policy }));
    const now = (owners: string[]) => policySchema.parse(withServices({ shop: { owners: [...owners, 'key:carol'] } }));
    expect(removedSince(plan, now(['key:alice', 'key:bob']))).toEqual({});
    expect(removedSince(plan, now(['key:bob']))).toEqual({ 'key:alice': ['service-owner'] });
    expect(removedSince(plan, policySchema.parse(policyDocument()))).toEqual({ 'key:alice': ['service-owner'] });
  });

  it.each([
    [
      'a gate that only who wrote the change could pass',
      { shop: { owners: ['key:alice'] } },
      '/procedure/steps/4/gate',
    ],
  ])('is refused with %s', (_what, services, pointer) => {
    const input = planningInput({ policy: withServices(services) });
    expect(refusalOf(() => freezePlan(input))).toEqual([`policy-not-met ${pointer}`]);
  });
});
