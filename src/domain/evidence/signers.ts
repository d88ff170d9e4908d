import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { fromBase64 } from './base64.ts';
import { stages } from './evidence.ts';

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

/** Whose signature counts for which stages. In the policy `publicKey` is PEM, or a file that the loader puts PEM in place of. */
export const signerSchema = z
  .strictObject({
    name: nameSchema,
    publicKey: z.string().max(4096),
    stages: z
      .array(z.enum(stages))
      .min(1, 'name at least one stage')
      .refine((names) => new Set(names).size === names.length, 'name each stage once'),
  })
  .transform(({ name, publicKey: pem, stages: allowed }, context) => {
    const key = publicKeyOf(pem);
    if (key) return { name, stages: allowed, ...key };
    context.addIssue({
      code: 'custom',
      path: ['publicKey'],
      message: 'write a public key of ed25519 or ECDSA P-256 in PEM, or a path to one beside the policy',
    });
    return z.NEVER;
  });
export type Signer = Readonly<z.infer<typeof signerSchema>>;

export const signersSchema = z
  .array(signerSchema)
  .min(1, 'name at least one signer, or leave signers out')
  .max(20)
  .superRefine((signers, context) => {
    signers.forEach(({ name, keyId }, i) => {
      const before = signers.slice(0, i);
      if (before.some((other) => other.name === name))
        context.addIssue({ code: 'custom', path: [i, 'name'], message: `${name} stands here already` });
      const same = before.find((other) => other.keyId === keyId);
      if (same)
        context.addIssue({
          code: 'custom',
          path: [i, 'publicKey'],
          message: `this is the key of ${same.name} already`,
        });
    });
  });
