import { createPublicKey, verify } from 'node:crypto';
import { type PublicKey, spkiOf } from '../domain/evidence/signers.ts';

/**
 * The same key, verified by Node itself: whoever submits evidence may have every signature held against every key, over
 * payloads of 256 KiB, and the API answers others meanwhile.
 */
export function natively<Key extends PublicKey>(key: Key): Key & Required<Pick<PublicKey, 'verifies'>> {
  const own = createPublicKey({ key: Buffer.from(spkiOf(key), 'hex'), format: 'der', type: 'spki' });
  const hash = key.algorithm === 'ed25519' ? null : 'sha256';
  return { ...key, verifies: (signature, signed) => verify(hash, signed, own, signature) };
}
