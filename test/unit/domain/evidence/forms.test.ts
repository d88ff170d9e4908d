import { describe, expect, it } from 'vitest';
import { envelopeFormFault, statementFormFault } from '../../../../src/domain/evidence/forms.ts';
import { statementType } from '../../../../src/domain/evidence/statement.ts';
import type { Signer } from '../../../../src/domain/policy/signers-schema.ts';

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
const envelopeAround = (_type: string) => ({ payload: encoded({ _type }), signatures: [] });
const signer = (i: number): Signer => ({
  name: `ci-${i}`,
  stages: [],
  algorithm: 'ed25519',
  key: '',
  keyId: `sha256:${i}`,
});

const bundle = { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' };

describe('the form of an envelope', () => {
  it.each<[string, unknown]>([
    ['nothing at all', null],
    ['nothing that is known here', {}],
    ['a payload and a type of its own', { _type: 'x', payload: '' }],
    ['the fields of a bundle beside its own', { ...envelopeAround(statementType), verificationMaterial: {} }],
    ['another media type', { mediaType: 'application/json' }],
    ['a media type that is no text', { mediaType: 3 }],
  ])('is not known for another with %s', (_, document) => {
    expect(envelopeFormFault(document, [])).toBeNull();
  });

  it('is that of a bundle by its media type alone, or by one of its fields', () => {
    expect(envelopeFormFault(bundle, [])).toContain('signs the bytes of a file');
    expect(envelopeFormFault({ payload: '', verificationMaterial: {} }, [])).toContain('this is a Sigstore bundle');
  });

  it('is answered with the place in a bundle that holds what is wanted', () => {
    const dsseEnvelope = envelopeAround(statementType);
    expect(envelopeFormFault({ ...bundle, dsseEnvelope }, [])).toContain('send what stands in its dsseEnvelope as');
    const unreadable = { payload: 'AAAA', signatures: [] };
    expect(envelopeFormFault({ dsseEnvelope: unreadable }, [])).toContain('send what stands in its dsseEnvelope as');
    const base64Signature = encoded(envelopeAround(statementType));
    expect(envelopeFormFault({ base64Signature }, [])).toContain(
      'send what stands in its base64Signature, decoded, as',
    );
  });

  it('is answered with what to sign where a bundle holds another statement, or none', () => {
    const other = envelopeAround('https://in-toto.io/Statement/v0.1');
    expect(envelopeFormFault({ dsseEnvelope: other }, [])).toContain('around another statement than');
    expect(envelopeFormFault({ base64Signature: encoded(other) }, [])).toContain('around another statement than');
    expect(envelopeFormFault({ base64Signature: 'AAAA' }, [])).toContain('signs the bytes of a file');
  });

  it('is answered with ten keys that count, or with none', () => {
    const twelve = Array.from({ length: 12 }, (_, i) => signer(i));
    expect(envelopeFormFault(bundle, [])).toContain('only signatures of public keys that the policy names, of which');
    expect(envelopeFormFault(bundle, twelve.slice(0, 10))).toMatch(/ci-9 \(ed25519, sha256:9\) count$/);
    expect(envelopeFormFault(bundle, twelve)).toMatch(/ci-9 \(ed25519, sha256:9\) and 2 more count$/);
  });
});

describe('the form of a statement', () => {
  it.each<[string, unknown]>([
    ['no type', {}],
    ['a payload, but no signatures', { payload: '' }],
    ['the fields of a bundle beside its own', { _type: statementType, verificationMaterial: {} }],
  ])('is not known for another with %s', (_, document) => {
    expect(statementFormFault(document, [])).toBeNull();
  });

  it('is that of an envelope, of another version, or of something else', () => {
    const detailOf = (document: object) => statementFormFault(document, [])?.detail;
    expect(detailOf(envelopeAround(statementType))).toContain('this is an envelope');
    expect(detailOf({ _type: 'https://in-toto.io/Statement/v0.1' })).toContain('this is a statement of v0.1');
    expect(detailOf({ _type: 'x' })).toContain('this is another kind of statement');
  });
});
