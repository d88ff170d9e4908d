import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Verify } from '../domain/messages/proof.ts';
import type { VerifySignature } from '../domain/trust/envelope.ts';
import { spkiOf } from '../domain/trust/public-key.ts';

/**
 * By Node itself, many times faster than by what runs everywhere: submitted evidence may need every signature verified
 * with every key, over payloads of 256 KiB, and a process has other requests to answer meanwhile.
 */
export const verifyNatively: VerifySignature = (key, signature, signed) =>
  verify(key.algorithm === 'ed25519' ? null : 'sha256', signed, keyObjectOf(spkiOf(key)), signature);

/** The same of texts under keys of the API: a hundred times faster than what workflows have. */
export const verifyText: Verify = (key, text, signature) =>
  verify(null, Buffer.from(text), keyObjectOf(spkiOf({ algorithm: 'ed25519', key })), Buffer.from(signature, 'hex'));

const keyObjects = new Map<string, KeyObject>();

/** By its SubjectPublicKeyInfo in hex: to make one costs as much as to verify by it. */
function keyObjectOf(spki: string): KeyObject {
  const known = keyObjects.get(spki);
  if (known) return known;
  const made = createPublicKey({ key: Buffer.from(spki, 'hex'), format: 'der', type: 'spki' });
  keyObjects.set(spki, made);
  return made;
}
