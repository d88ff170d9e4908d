import { describe, expect, it } from 'vitest';
import { type AccessRule, admit } from '../../../src/api/access.ts';
import { isSafeUrl } from '../../../src/api/oidc/discovery.ts';
import type { ErrorCode } from '../../../src/domain/errors.ts';
import { policySchema } from '../../../src/domain/policy/policy.ts';
import { rules, testPolicy } from '../../support/policy.ts';

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

it('takes whoever comes by an alias for the person', () => {
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
