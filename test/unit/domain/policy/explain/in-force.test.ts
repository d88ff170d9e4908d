import { describe, expect, it } from 'vitest';
import { explainPolicy } from '../../../../../src/domain/policy/explain/explain.ts';
import { policyFor } from '../../../../../src/domain/policy/explain/in-force.ts';
import { policySchema } from '../../../../../src/domain/policy/policy.ts';
import { rules, testPolicy } from '../../../../support/policy.ts';

const standing = (service: string) => ({
  service,
  procedure: 'blue-green',
  digest: `sha256:${'ab'.repeat(32)}`,
  approvedBy: ['key:carol'],
  until: '2027-06-30',
});
const policy = policySchema.parse({
  ...testPolicy,
  robots: [
    { subject: 'key:ci-shop', name: 'CI of shop', may: ['request'], services: ['shop'] },
    { subject: 'key:ci-cart', name: 'CI of cart', may: ['request'], services: ['cart'] },
    { subject: 'key:ci', name: 'CI of all', may: ['request'] },
  ],
  services: { shop: { owners: ['key:olga'] }, cart: { owners: ['key:bob'] } },
  environments: {
    production: { ...rules, standard: [standing('shop'), standing('cart')] },
    staging: rules,
  },
});
const wordsOf = (part: Parameters<typeof policyFor>[1]) =>
  explainPolicy(policyFor(policy, part)).map(({ text }) => text);

describe('what of a policy holds', () => {
  it('for a service is its owners, its robots and its standing approvals, in each environment', () => {
    const words = wordsOf({ service: 'shop' });
    expect(words).toContain('approval: 1 service-owner (Olga Own)');
    expect(words.join('\n')).not.toMatch(/service-owner.*Bob May|of cart|any other service/);
    const { robots, environments } = policyFor(policy, { service: 'shop' });
    expect(robots.map(({ name }) => name)).toEqual(['CI of shop', 'CI of all']);
    expect(environments['production']?.standard).toEqual([policy.environments['production']?.standard?.[0]]);
    expect(environments['staging']).not.toHaveProperty('standard');
    expect(words).toContain('Environment staging');
  });

  it('for a service that it does not name is what holds for any', () => {
    const found = policyFor(policy, { service: 'other' });
    expect(found.people).toEqual(policy.people);
    expect(found.services).toEqual({});
  });

  it('in an environment is its rules, of every service', () => {
    const words = wordsOf({ environment: 'production' });
    expect(words).toContain('Environment production');
    expect(words).not.toContain('Environment staging');
    expect(words).toContain('approval of shop: 1 service-owner (Olga Own)');
  });

  it('is all of it where nothing is asked for', () => {
    expect(policyFor(policy, {})).toEqual(policy);
  });
});
