import { describe, expect, it } from 'vitest';
import { type AccessRule, admit, admitFreeze } from '../../../../src/api/identity/access.ts';
import { isSafeUrl } from '../../../../src/api/identity/oidc/discovery.ts';
import type { ErrorCode } from '../../../../src/domain/base/error-codes.ts';
import type { FreezeScope } from '../../../../src/domain/policy/freezes-by-people.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { rules, testPolicy } from '../../../support/policy.ts';

const policy = policySchema.parse({
  ...testPolicy,
  services: { shop: { owners: ['key:bob'] } },
  environments: { production: { ...rules, operators: ['service-owner'] } },
});

const operator = { kind: 'operator' } as const;
const refusal = (rule: AccessRule, subject: string, place: Parameters<typeof admit>[3] = {}) => {
  try {
    return admit(rule, policy, subject, place);
  } catch (error) {
    return (error as { readonly code: ErrorCode }).code;
  }
};

describe('an operator', () => {
  it.each([
    ['key:bob', 'shop', { subject: 'key:bob', name: 'Bob May' }],
    ['key:olga', 'shop', 'forbidden'],
    ['key:olga', 'search', { subject: 'key:olga', name: 'Olga Own' }],
    ['key:carol', 'search', 'forbidden'],
  ])('is who has the role for this very service: %s of %s', (subject, service, answer) => {
    expect(refusal(operator, subject, { service, environment: 'production' })).toEqual(answer);
  });

  it.each([undefined, 'nowhere', 'constructor'])('is one of an environment of the policy, not of %s', (environment) => {
    expect(refusal(operator, 'key:bob', { service: 'shop', environment })).toBe('unknown-environment');
  });
});

describe('a freeze', () => {
  // Bob owns the shop and nothing else, Olga is a service owner wherever no service names its own.
  const people = testPolicy.people.map((person) => (person.subject === 'key:bob' ? { ...person, roles: [] } : person));
  const operators = (...roles: string[]) => ({ ...rules, operators: roles });
  const owned = policySchema.parse({
    ...testPolicy,
    people,
    services: { shop: { owners: ['key:bob'] } },
    environments: { staging: operators('service-owner'), production: operators('change-manager', 'service-owner') },
  });
  const verdict = (subject: string, scope: FreezeScope, isKnown: boolean) => {
    try {
      admit({ kind: 'freeze' }, owned, subject, {});
      admitFreeze(owned, subject, scope, isKnown);
      return 'may';
    } catch (error) {
      return (error as { readonly code: ErrorCode }).code;
    }
  };
  const target = (service: string): FreezeScope => ({ kind: 'target', service, environment: 'staging' });
  const cases: readonly (readonly [string, FreezeScope, string])[] = [
    ['key:bob', target('shop'), 'may'],
    ['key:olga', target('shop'), 'forbidden'],
    ['key:bob', target('search'), 'forbidden'],
    ['key:olga', target('search'), 'may'],
    ['key:bob', { kind: 'service', service: 'shop' }, 'may'],
    ['key:olga', { kind: 'service', service: 'shop' }, 'forbidden'],
    // A whole environment is more than the shop.
    ['key:bob', { kind: 'environment', environment: 'staging' }, 'forbidden'],
    ['key:olga', { kind: 'environment', environment: 'staging' }, 'may'],
    ['key:bob', { kind: 'everything' }, 'forbidden'],
    // In staging it takes an owner.
    ['key:carol', { kind: 'everything' }, 'forbidden'],
    ['key:alice', target('shop'), 'forbidden'],
  ];

  it.each(cases)('is made and lifted by operators with their roles for what it stops: %s %j %s', (who, scope, is) => {
    expect([verdict(who, scope, false), verdict(who, scope, true)]).toEqual([is, is]);
  });
});

it('resolves an alias to the person', () => {
  expect(refusal({ kind: 'read' }, 'github:alice')).toEqual({ subject: 'key:alice', name: 'Alice Roe' });
  expect(refusal({ kind: 'read' }, 'github:bob')).toBe('forbidden');
});

it.each([
  ['https://idp.example/keys', true],
  ['http://127.0.0.1:9/keys', true],
  ['http://[::1]/keys', true],
  ['http://localhost/keys', true],
  ['http://idp.example/keys', false],
  ['http://127.0.0.1.evil.example/keys', false],
  ['https://a:b@idp.example/keys', false],
  ['file:///etc/passwd', false],
  ['keys', false],
])('asks a provider for its keys where nobody listens in between: %s', (url, is) => {
  expect(isSafeUrl(url)).toBe(is);
});
