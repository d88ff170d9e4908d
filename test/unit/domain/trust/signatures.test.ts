import { p256 } from '@noble/curves/nist.js';
import { describe, expect, it } from 'vitest';
import {
  type Envelope,
  evidenceLimitBytes,
  keptEnvelope,
  openEnvelope,
  seal,
  type VerifySignature,
} from '../../../../src/domain/trust/envelope.ts';
import { type PublicKey, publicKey, publicKeyOf, spkiOf } from '../../../../src/domain/trust/public-key.ts';
import { signingKey } from '../../../support/signing.ts';

const keyOf = (pem: string) => publicKeyOf(pem) as PublicKey;
const ed = keyOf(signingKey().pem);
const other = keyOf(signingKey().pem);
const ecdsa = keyOf(signingKey('ecdsa-p256').pem);
const payload = new Uint8Array([1, 2, 3]);
const believing: VerifySignature = () => true;
const doubting: VerifySignature = () => false;

/** An envelope with these signatures, each of so many bytes or of those. */
function signedBy(
  ...signatures: readonly { readonly keyid?: string; readonly bytes: number | Uint8Array }[]
): Envelope {
  const [sealed] = signatures.map(({ bytes }) => seal(payload, '', () => toBytes(bytes))) as [Envelope];
  const written = signatures.map(({ keyid, bytes }) => {
    const [{ sig }] = seal(payload, '', () => toBytes(bytes)).signatures as [{ sig: string }];
    return keyid === undefined ? { sig } : { keyid, sig };
  });
  return { ...sealed, signatures: written };
}
const toBytes = (bytes: number | Uint8Array) => (typeof bytes === 'number' ? new Uint8Array(bytes).fill(7) : bytes);
const openedWith = (bytes: number) =>
  openEnvelope(
    seal(new Uint8Array(bytes), ed.keyId, () => toBytes(64)),
    [ed],
    believing,
  );

describe('the payload of an envelope', () => {
  it('has 256 KiB at most', () => {
    expect(openedWith(evidenceLimitBytes).kind).toBe('verified');
    expect(openedWith(evidenceLimitBytes + 1)).toMatchObject({
      code: 'evidence-too-large',
      detail: 'the payload has 262145 bytes; at most 262144 count',
    });
  });

  it('that is longer by far is refused before anything is made of it', () => {
    expect(openedWith(evidenceLimitBytes + 3)).toMatchObject({ detail: expect.stringContaining('more than 262144') });
  });
});

describe('signatures of an envelope', () => {
  it('are asked of each key once, however often it is known', () => {
    const asked: string[] = [];
    const asking: VerifySignature = ({ keyId }) => asked.push(keyId) === 0;
    openEnvelope(signedBy({ bytes: 64 }), [ed, other, { ...ed }], asking);
    expect(asked).toEqual([ed.keyId, other.keyId]);
  });

  it('that cannot be verified count as none', () => {
    const throwing: VerifySignature = () => {
      throw new Error('no point of the curve');
    };
    expect(openEnvelope(signedBy({ bytes: 64 }), [ed], throwing)).toMatchObject({ code: 'unknown-signer' });
  });

  it('are those of no key that is a point of small order', () => {
    const [one, zero] = [`01${'00'.repeat(31)}`, '00'.repeat(32)];
    const key = publicKey('ed25519', one);
    const signature = Uint8Array.from(Buffer.from(one + zero, 'hex'));
    expect(openEnvelope(signedBy({ bytes: signature }), [key])).toMatchObject({ code: 'unknown-signer' });
  });

  it('are kept in the order of their keys', () => {
    const [low, high] = [ed, other].toSorted((a, b) => (a.keyId < b.keyId ? -1 : 1)) as [PublicKey, PublicKey];
    for (const keys of [
      [low, high],
      [high, low],
    ]) {
      const { signatures } = keptEnvelope(
        payload,
        keys.map((key) => ({ key, signature: toBytes(64) })),
      );
      expect(signatures.map(({ keyid }) => keyid)).toEqual([low.keyId, high.keyId]);
    }
  });
});

describe('a signature of ECDSA', () => {
  const { ORDER: n } = p256.Point.Fn;
  const written = (s: bigint) => new p256.Signature(3n, s).toBytes('der');
  const keptOf = (key: PublicKey, signature: Uint8Array) => {
    const opened = openEnvelope(signedBy({ keyid: key.keyId, bytes: signature }), [key], believing);
    return opened.kind === 'verified'
      ? opened.signatures.map((one) => Buffer.from(one.signature).toString('hex'))
      : opened;
  };
  const hex = (bytes: Uint8Array) => [Buffer.from(bytes).toString('hex')];

  it('is kept with the lower of its two values of s', () => {
    expect(keptOf(ecdsa, written(5n))).toEqual(hex(written(5n)));
    expect(keptOf(ecdsa, written(n - 5n))).toEqual(hex(written(5n)));
    expect(keptOf(ecdsa, written(n / 2n))).toEqual(hex(written(n / 2n)));
    expect(keptOf(ecdsa, written(n / 2n + 1n))).toEqual(hex(written(n / 2n)));
  });

  it('is one by its key: bytes of another algorithm that look like one are kept as they are', () => {
    expect(keptOf(ed, written(n - 5n))).toEqual(hex(written(n - 5n)));
  });
});

describe('a signature that is wrong', () => {
  const hint = 'one of ECDSA is wanted in ASN.1';
  const told = (known: readonly PublicKey[], ...bytes: readonly number[]) => {
    const opened = openEnvelope(signedBy(...bytes.map((length) => ({ bytes: length }))), known, doubting);
    return opened.kind === 'refused' && opened.detail.includes(hint);
  };

  it('is refused with a hint at two numbers where one has their length and a key of ECDSA is known', () => {
    expect(told([ecdsa], 64)).toBe(true);
    expect(told([ed, ecdsa], 70, 64)).toBe(true);
  });

  it('is refused without it where no key of ECDSA is known, or none has their length', () => {
    expect(told([ed], 64)).toBe(false);
    expect(told([ecdsa], 70)).toBe(false);
  });
});

describe('a public key in PEM', () => {
  const { pem } = signingKey();

  it('is read with and without a line at its end', () => {
    expect(publicKeyOf(pem.trim())).toEqual(keyOf(pem));
    expect(publicKeyOf(`${pem.trim()}\n\n`)).toEqual(keyOf(pem));
  });

  const spki = (hex: string) =>
    `-----BEGIN PUBLIC KEY-----\n${Buffer.from(hex, 'hex').toString('base64')}\n-----END PUBLIC KEY-----\n`;
  it.each([
    ['nothing', ''],
    ['anything before it', `x${pem}`],
    ['anything after it', `${pem}x`],
    ['no base64 in it', '-----BEGIN PUBLIC KEY-----\nA\n-----END PUBLIC KEY-----\n'],
    ['a byte more', spki(`${spkiOf(ed)}00`)],
    ['a byte less', spki(spkiOf(ed).slice(0, -2))],
    ['another algorithm with a key as long', spki(spkiOf(ed).replace('2b6570', '2b656e'))],
  ])('is none with %s', (_, text) => {
    expect(publicKeyOf(text)).toBeNull();
  });
});
