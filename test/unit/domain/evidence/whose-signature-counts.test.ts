import { expect, it } from 'vitest';
import { signersThatCount } from '../../../../src/domain/evidence/whose-signature-counts.ts';
import type { KeySigner } from '../../../../src/domain/policy/signers-schema.ts';
import { signerOf, signingKey } from '../../../support/signing.ts';

const { pem } = signingKey();
const signer = (name: string, stages: KeySigner['stages']): KeySigner => ({ ...signerOf(name, pem), stages });
const ci = signer('ci', ['integration', 'system']);
const ops = signer('ops', ['production']);

it('a signature counts for the stages of its signer, and for no other', () => {
  expect(signersThatCount([ci, ops], 'system')).toEqual({ kind: 'counts', signers: [ci] });
  expect(signersThatCount([ci, ops], 'production')).toEqual({ kind: 'counts', signers: [ops] });
  expect(signersThatCount([ci, ops], 'learning')).toMatchObject({
    code: 'signer-not-allowed',
    detail: 'signed by ci, ops, whose signature does not count for stage learning',
  });
});

it('nobody counts who may not attest such a thing at all, whatever the stage', () => {
  expect(signersThatCount([ci, ops], 'system', [ops])).toMatchObject({ code: 'signer-not-allowed' });
  expect(signersThatCount([ci, ci], 'system', [])).toMatchObject({
    code: 'unknown-predicate',
    detail: 'signed by ci, who attests something else by this policy',
  });
});
