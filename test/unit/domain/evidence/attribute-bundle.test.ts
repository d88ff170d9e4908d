import { expect, it } from 'vitest';
import { attributeBundle, isBundle, type OpenedBundle } from '../../../../src/domain/evidence/bundle.ts';
import type { Signer } from '../../../../src/domain/policy/signers-schema.ts';
import { evidenceLimitBytes, inTotoPayload } from '../../../../src/domain/trust/envelope.ts';

const signer = (trustedRoot: string) =>
  ({
    name: trustedRoot,
    stages: ['system'],
    algorithm: 'sigstore',
    issuer: 'https://ci.example',
    identity: 'ci',
    trustedRoot,
  }) as unknown as Signer;
const opened = (payloadType: string): OpenedBundle => ({
  kind: 'verified',
  issuer: 'https://ci.example',
  identity: 'ci',
  signedAt: '2026-11-23T09:00:00.000Z',
  payloadType,
  payload: new Uint8Array(),
  kept: {},
});

const length = (length: number) => 'x'.repeat(length - 2);

it('a bundle may have a member of an envelope, and not both of them', () => {
  expect(isBundle({ dsseEnvelope: {}, signatures: [] })).toBe(true);
  expect(isBundle({ dsseEnvelope: {}, signatures: [], payload: '' })).toBe(false);
});

it('a bundle that is longer than any is refused before it is looked at', () => {
  expect(attributeBundle(length(2 * evidenceLimitBytes + 1), [], undefined)).toMatchObject({
    code: 'evidence-too-large',
  });
  expect(attributeBundle(length(2 * evidenceLimitBytes), [], undefined)).toMatchObject({
    code: 'unsupported-evidence',
  });
});

it('a bundle of anything but a statement is refused', () => {
  const found = attributeBundle({}, [signer('one')], () => opened('text/plain'));
  expect(found).toMatchObject({ kind: 'refused', code: 'unsupported-evidence' });
});

it('a bundle is of those alone whose root vouches for it', () => {
  const key = { ...signer('key'), algorithm: 'ed25519' } as unknown as Signer;
  const asked: string[] = [];
  const found = attributeBundle({}, [key, signer('one'), signer('two')], (_, root) => {
    asked.push(root);
    return root === 'two'
      ? opened(inTotoPayload)
      : { kind: 'refused', code: 'signature-invalid', detail: 'not of this root' };
  });
  expect(found).toMatchObject({ kind: 'verified', keys: [{ name: 'two' }] });
  expect(asked).toEqual(['one', 'two']);
});
