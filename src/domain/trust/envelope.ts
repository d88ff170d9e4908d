import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { byteLength } from '../base/canonical-json.ts';
import type { ErrorCode } from '../base/error-codes.ts';
import { fromBase64, toBase64 } from './base64.ts';
import type { PublicKey } from './public-key.ts';

/** The only payload that counts: an in-toto statement. */
export const inTotoPayload = 'application/vnd.in-toto+json';

/** Whether a signature of bytes is that of a key. Throws or answers false where it is not. */
export type VerifySignature = (key: PublicKey, signature: Uint8Array, signed: Uint8Array) => boolean;

/** The payload of an envelope, or a statement without one, has at most this many bytes. */
export const evidenceLimitBytes = 256 * 1024;

export const tooLarge = (what: string, bytes: number | string) =>
  `the ${what} has ${bytes} bytes; at most ${evidenceLimitBytes} count`;

const maxPayloadLength = 4 * Math.ceil(evidenceLimitBytes / 3);

/**
 * A DSSE envelope v1.0; fields that are not known are left out, as DSSE demands. The content of the payload is not looked at:
 * nobody has vouched for it yet. Signatures of other algorithms, which may be longer than ours, may stand beside.
 */
export const envelopeSchema = z.object({
  payloadType: z.literal(inTotoPayload, `write ${inTotoPayload}`),
  payload: z.string().min(1),
  signatures: z
    .array(z.object({ keyid: z.string().max(1000).optional(), sig: z.string().min(1).max(8000) }))
    .min(1)
    .max(5),
});
export type Envelope = z.infer<typeof envelopeSchema>;

export interface EvidenceFault {
  readonly code: ErrorCode;
  readonly detail: string;
}

/** A signature that was found to be that of a key, in the one form in which it is kept. */
interface Verified {
  readonly key: PublicKey;
  readonly signature: Uint8Array;
}

export type Opened<Key extends PublicKey> =
  | {
      readonly kind: 'verified';
      readonly payload: Uint8Array;
      /** Every one of the known keys that signed, one entry for each place where it is known. */
      readonly keys: readonly Key[];
      readonly signatures: readonly Verified[];
    }
  | ({ readonly kind: 'refused' } & EvidenceFault);

/** DSSE's pre-authentication encoding: the bytes that are signed. */
export function preAuthentication(payloadType: string, payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return concatBytes(utf8ToBytes(head), payload);
}

/** An envelope around a payload; `sign` answers the signature of the bytes that it is given. */
export function seal(payload: Uint8Array, keyid: string, sign: (bytes: Uint8Array) => Uint8Array): Envelope {
  const sig = toBase64(sign(preAuthentication(inTotoPayload, payload)));
  return { payloadType: inTotoPayload, payload: toBase64(payload), signatures: [{ keyid, sig }] };
}

/**
 * Verifies an envelope against known keys and only then returns its payload, as unparsed bytes. One
 * signature of one known key is enough, and signatures of strangers count neither way; but a signature that names a
 * known key must be its own, and no key signs twice. Refuses with `evidence-too-large`, `invalid-evidence`,
 * `signature-invalid`, `duplicate-signature`, `unknown-signer`.
 */
export function openEnvelope<Key extends PublicKey>(
  envelope: Envelope,
  known: readonly Key[],
  verify: VerifySignature = verifyAnywhere,
): Opened<Key> {
  // Checked before it is decoded: base64 is a third longer than its content.
  if (envelope.payload.length > maxPayloadLength)
    return refused('evidence-too-large', tooLarge('payload', `more than ${evidenceLimitBytes}`));
  const payload = fromBase64(envelope.payload);
  if (!payload) return refused('invalid-evidence', 'the payload is not base64 in one line');
  if (payload.length > evidenceLimitBytes) return refused('evidence-too-large', tooLarge('payload', payload.length));
  const signed = preAuthentication(envelope.payloadType, payload);
  const distinct = known.filter(({ keyId }, i) => known.findIndex((other) => other.keyId === keyId) === i);
  const isSignedBy = (key: PublicKey, signature: Uint8Array) => {
    try {
      return verify(key, signature, signed);
    } catch {
      return false;
    }
  };
  const signatures: Verified[] = [];
  for (const { keyid = '', sig } of envelope.signatures) {
    const named = distinct.find(({ keyId }) => keyId === keyid);
    const signature = fromBase64(sig);
    // The id is only a hint: without one that is known, each key is tried.
    const key = signature && (named ? [named] : distinct).find((one) => isSignedBy(one, signature));
    if (!key && named)
      return refused(
        'signature-invalid',
        `the signature is not that of key ${keyid} over this payload${hintAt(envelope, known)}`,
      );
    if (key && signature) signatures.push({ key, signature: oneFormOf(key, signature) ?? signature });
  }
  const ids = signatures.map(({ key }) => key.keyId);
  const twice = ids.find((keyId, i) => ids.indexOf(keyId) !== i);
  if (twice !== undefined) return refused('duplicate-signature', `key ${twice} signed twice`);
  if (ids.length === 0)
    return refused('unknown-signer', `no key that the policy names has signed this${hintAt(envelope, known)}`);
  return { kind: 'verified', payload, keys: known.filter(({ keyId }) => ids.includes(keyId)), signatures };
}

/** What was verified and nothing else, written in the one way in which it is kept. */
export function keptEnvelope(payload: Uint8Array, signatures: readonly Verified[]): Envelope {
  return {
    payloadType: inTotoPayload,
    payload: toBase64(payload),
    signatures: signatures
      .map(({ key, signature }) => ({ keyid: key.keyId, sig: toBase64(signature) }))
      .toSorted((a, b) => (a.keyid < b.keyid ? -1 : 1)),
  };
}

/**
 * A signature of ECDSA can be written with either of two values of s, by anybody: s and n − s are both valid. The lower
 * one is kept, so that one signature is one piece of evidence.
 */
function oneFormOf({ algorithm }: PublicKey, signature: Uint8Array): Uint8Array | null {
  if (algorithm === 'ed25519') return signature;
  try {
    const { r, s } = p256.Signature.fromBytes(signature, 'der');
    const { ORDER: n } = p256.Point.Fn;
    return new p256.Signature(r, s > n / 2n ? n - s : s).toBytes('der');
  } catch {
    return null;
  }
}

/** In what other way a signature seems to be written, where none was found to be good. */
function hintAt({ signatures }: Envelope, known: readonly PublicKey[]): string {
  const written = signatures.map(({ sig }) => fromBase64(sig));
  if (written.includes(null)) return '; a signature in it is not base64 in one line';
  const isRaw = written.some((bytes) => bytes?.length === 64) && known.some(({ algorithm }) => algorithm !== 'ed25519');
  return isRaw ? '; one of ECDSA is wanted in ASN.1 (DER), not as two numbers of 32 bytes' : '';
}

function refused(code: ErrorCode, detail: string): Opened<never> {
  return { kind: 'refused', code, detail };
}

/** By what runs everywhere; a process has something many times faster. */
const verifyAnywhere: VerifySignature = ({ algorithm, key }, signature, signed) =>
  algorithm === 'ed25519'
    ? ed25519.verify(signature, signed, hexToBytes(key), { zip215: false })
    : // ASN.1, as OpenSSL and Go write it; they do not choose the lower of the two values of s.
      p256.verify(signature, signed, hexToBytes(key), { format: 'der', lowS: false, prehash: true });
