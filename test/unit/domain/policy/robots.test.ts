import { describe, expect, it } from 'vitest';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { mayVouchFor } from '../../../../src/domain/policy/robots.ts';
import { policyDocument } from '../planning-input.ts';

type Document = Record<string, unknown>;

const withServices = (services: Document, more: Document = {}) => ({ ...policyDocument(), services, ...more });

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
