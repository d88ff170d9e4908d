import { describe, expect, it } from 'vitest';
import { excludedFrom } from '../../../../src/domain/deployment/excluded-approvers.ts';
import { removedSince } from '../../../../src/domain/deployment/removed-approvers.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { mayVouchFor, peopleOfService } from '../../../../src/domain/policy/roles.ts';
import { planningInput, policyDocument, procedureDocument, requestDocument } from '../planning-input.ts';
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

describe('a request for a service', () => {
  const rules = { owners: ['key:bob'], requesters: ['github:alice'], procedures: ['shop-blue-green'] };
  const asked = (more: { policy?: Document; request?: Document; requester?: string }) => {
    const request = { ...requestDocument(), ...more.request };
    const input = planningInput({ policy: more.policy ?? withServices({ shop: rules }), request });
    const subject = more.requester ?? 'key:ci-shop';
    return refusalOf(() => freezePlan({ ...input, requester: { subject, name: subject } }));
  };
  const robots = (services: string[]) => [{ subject: 'key:ci-shop', name: 'CI', may: ['request'], services }];
  const onBehalfOf = (subject: string) => ({
    change: { ...(requestDocument().change as object), onBehalfOf: subject },
  });

  it('is taken from its requesters, and from a robot on behalf of one', () => {
    expect(asked({ requester: 'key:alice' })).toEqual([]);
    expect(asked({})).toEqual([]);
    expect(asked({ policy: withServices({ shop: rules }, { robots: robots(['shop']) }) })).toEqual([]);
  });

  it('is refused from anybody else, and from a robot of other services', () => {
    expect(asked({ requester: 'key:bob' })).toEqual(['forbidden /service']);
    expect(asked({ request: onBehalfOf('key:bob') })).toEqual(['forbidden /change/onBehalfOf']);
    expect(asked({ policy: withServices({}, { robots: robots(['search']) }) })).toEqual(['forbidden /service']);
  });

  it('is refused with another procedure, and with a document whatever it calls itself', () => {
    expect(asked({ request: { procedure: 'shop-rolling' } })).toEqual(['policy-not-met /procedure']);
    const policy = withServices({ shop: rules });
    const inline = { ...(policy.environments['production'] as object), procedures: { inline: true } };
    const request = { procedure: { ...procedureDocument(), files: [] } };
    expect(asked({ policy: { ...policy, environments: { production: inline } }, request })).toEqual([
      'policy-not-met /procedure',
    ]);
  });
});

describe('an author whom the policy does not know', () => {
  const change = { ...(requestDocument().change as object), authors: ['github:alice', 'github:eve'] };
  const plan = (more: Document, other: Document = {}) =>
    freezePlan(
      planningInput({
        policy: withServices({}, more),
        request: { ...requestDocument(), change: { ...change, ...other } },
      }),
    ).plan;

  it.each([{}, { unknownAuthors: 'refuse' }])('is refused: %j', (more) => {
    expect(refusalOf(() => plan(more))).toEqual(['invalid-parameter /change/authors/1']);
  });

  it('is taken where the policy accepts them, and approves nothing by that name', () => {
    const taken = plan({ unknownAuthors: 'accept' });
    expect(taken.change.authors).toEqual(['github:alice', 'github:eve']);
    expect(excludedFrom(taken)).toContain('github:eve');
  });

  it('is nobody to request on behalf of, even where the policy accepts unknown authors', () => {
    expect(refusalOf(() => plan({ unknownAuthors: 'accept' }, { onBehalfOf: 'key:eve' }))).toEqual([
      'invalid-parameter /change/onBehalfOf',
    ]);
  });
});

describe('evidence', () => {
  const robot = (subject: string, may: string[], services?: string[]) => ({
    subject,
    name: 'CI',
    may,
    ...(services === undefined ? {} : { services }),
  });
  const policy = policySchema.parse(
    withServices(
      {},
      {
        robots: [
          robot('key:ci', ['submit-evidence']),
          robot('key:ci-shop', ['submit-evidence'], ['shop']),
          robot('key:asker', ['request']),
        ],
      },
    ),
  );
  it.each([
    ['key:dan', 'search', true],
    ['github:alice', 'search', true],
    ['key:ci', 'search', true],
    ['key:ci-shop', 'shop', true],
    ['key:ci-shop', 'search', false],
    ['key:asker', 'shop', false],
    ['key:gone', 'shop', false],
  ])('of %s for %s counts: %s', (submittedBy, service, counts) => {
    expect(mayVouchFor(policy, submittedBy, service)).toBe(counts);
  });
});
