import { ed25519 } from '@noble/curves/ed25519.js';
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from './canonical-json.ts';
import type { MessageName, Proof } from './messages.ts';

/** What a proof signs: this message, to this deployment, from this person, as the API understood it. */
export function proofText(
  deployment: string,
  name: MessageName,
  argument: { readonly proof?: Proof | undefined },
  issuedAt: string,
): string {
  const { proof: _, ...rest } = argument;
  return canonicalJson({ deployment, name, argument: rest, issuedAt });
}

/**
 * Whether the API vouches for a message: its ed25519 signature over exactly this message to exactly this deployment.
 * `publicKey` is hex; null means that this deployment knows no key.
 */
export function isProven(
  publicKey: string | null,
  deployment: string,
  name: MessageName,
  argument: { readonly proof?: Proof | undefined },
): boolean {
  const { proof } = argument;
  if (publicKey === null || !proof) return false;
  try {
    const text = proofText(deployment, name, argument, proof.issuedAt);
    return ed25519.verify(hexToBytes(proof.signature), utf8ToBytes(text), hexToBytes(publicKey));
  } catch {
    return false;
  }
}
