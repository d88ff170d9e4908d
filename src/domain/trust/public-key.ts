import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { fromBase64 } from './base64.ts';

/** What stands before the raw key in a SubjectPublicKeyInfo (RFC 8410; RFC 5480 with an uncompressed point). */
const spkiPrefixes = {
  ed25519: '302a300506032b6570032100',
  'ecdsa-p256': '3059301306072a8648ce3d020106082a8648ce3d030107034200',
} as const;
const keyBytes = { ed25519: 32, 'ecdsa-p256': 65 } as const;
export type KeyAlgorithm = keyof typeof spkiPrefixes;

export interface PublicKey {
  readonly algorithm: KeyAlgorithm;
  /** The raw key in hex: 32 bytes of ed25519, or an uncompressed point of P-256. */
  readonly key: string;
  /** `sha256:…` of the key's SubjectPublicKeyInfo; what envelopes hint at as `keyid`. */
  readonly keyId: string;
}

/** A key as SubjectPublicKeyInfo, in hex. */
export function spkiOf({ algorithm, key }: Pick<PublicKey, 'algorithm' | 'key'>): string {
  return spkiPrefixes[algorithm] + key;
}

/** A public key in PEM (SPKI): ed25519 or P-256 with an uncompressed point; null for anything else. */
export function publicKeyOf(pem: string): PublicKey | null {
  const body = /^-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/.exec(pem)?.[1];
  const bytes = body === undefined ? null : fromBase64(body.replace(/\s/g, ''));
  if (!bytes) return null;
  const der = bytesToHex(bytes);
  for (const algorithm of ['ed25519', 'ecdsa-p256'] as const) {
    const prefix = spkiPrefixes[algorithm];
    const key = der.slice(prefix.length);
    if (der.startsWith(prefix) && key.length === keyBytes[algorithm] * 2) return publicKey(algorithm, key);
  }
  return null;
}

/** A raw key (hex) with the id that it goes by. */
export function publicKey(algorithm: KeyAlgorithm, key: string): PublicKey {
  const digest = bytesToHex(sha256(hexToBytes(spkiPrefixes[algorithm] + key)));
  return { algorithm, key, keyId: `sha256:${digest}` };
}
