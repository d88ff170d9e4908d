import { describe, expect, it } from 'vitest';
import { evidenceRulesOf } from '../../../../src/domain/evidence/rules.ts';
import { signersOf } from '../../../../src/domain/evidence/submission.ts';
import { vouchedText, vouchedTogether } from '../../../../src/domain/evidence/who-vouches.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { signingKey } from '../../../support/signing.ts';
import { environmentDocument, policyDocument } from '../planning-input.ts';

const key = signingKey();
const named = [{ name: 'ci', publicKey: key.pem, stages: ['system'] }];
const policy = policySchema.parse({
  ...policyDocument(),
  environments: {
    production: { ...environmentDocument(), evidence: { maxAge: '7d', signers: named } },
    staging: { ...environmentDocument(), evidence: { maxAge: '7d' } },
  },
});

const [person] = policy.people;

describe('the evidence that counts for a service', () => {
  it('is that of the signers of its environment, or of anybody where it names none', () => {
    const signersIn = (environment: string) => evidenceRulesOf(policy, { service: 'shop', environment }).signers;
    expect(signersIn('production')).toMatchObject([{ name: 'ci', keyId: key.keyId }]);
    expect(signersIn('staging')).toBeNull();
    expect(signersIn('elsewhere')).toBeNull();
  });

  it('is of those alone whom the policy knows', () => {
    const { mayVouch } = evidenceRulesOf(policy, { service: 'shop', environment: 'production' });
    expect(person?.subject).toBeDefined();
    expect(mayVouch?.(person?.subject ?? '')).toBe(true);
    expect(mayVouch?.('key:stranger')).toBe(false);
  });
});

it('evidence may be signed by a signer of any environment', () => {
  expect(signersOf(policy)).toMatchObject([{ name: 'ci', keyId: key.keyId }]);
});

describe('who vouches for several', () => {
  const unsigned = { how: 'unsigned', submittedBy: ['key:a'] } as const;
  const notAskedFor = { how: 'signature-not-asked-for', submittedBy: ['key:b', 'key:a'] } as const;

  it('has not signed them all where one is unsigned', () => {
    for (const all of [
      [unsigned, notAskedFor],
      [notAskedFor, unsigned],
    ])
      expect(vouchedTogether(all).how).toBe('unsigned');
    expect(vouchedText(vouchedTogether([unsigned, notAskedFor]))).toBe('unsigned, submitted by key:a and key:b');
  });

  it('was not asked for a signature where none is unsigned', () => {
    expect(vouchedTogether([notAskedFor, notAskedFor])).toEqual(notAskedFor);
  });
});
