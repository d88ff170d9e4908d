import { ed25519 } from '@noble/curves/ed25519.js';
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../canonical-json.ts';
import type { MessageName, Proof } from '../messages.ts';
import { keyIdOf } from './seal.ts';

/** A message that reaches its deployment later than this after it was signed proves nothing any more. */
export const proofValidMs = 10 * 60_000;

/** What the API vouches for: messages to a deployment, and what operators tell a target of one. */
export type Vouched = MessageName | 'resolve' | 'review';
type Told = Pick<Proof, 'nonce' | 'sentBy' | 'roles' | 'issuedAt' | 'expiresAt'>;

/**
 * What a proof signs: this message, to this deployment, from this person, as the API understood it. Plan digest, gate
 * and decision are part of name and argument.
 */
export function proofText(
  deployment: string,
  name: Vouched,
  argument: { readonly proof?: Proof | undefined },
  { nonce, sentBy, roles, issuedAt, expiresAt }: Told,
): string {
  const { proof: _, ...rest } = argument;
  return canonicalJson({
    gantry: 'message',
    deployment,
    name,
    argument: rest,
    nonce,
    sentBy,
    roles,
    issuedAt,
    expiresAt,
  });
}

/**
 * Whether the API vouches for a message: its ed25519 signature over exactly this message to exactly this deployment, no
 * older than it may be. `publicKey` is hex; null means that this deployment knows no key. `now` is in milliseconds.
 */
export function isProven(
  publicKey: string | null,
  deployment: string,
  name: Vouched,
  argument: { readonly proof?: Proof | undefined },
  now: number,
): boolean {
  const { proof } = argument;
  if (publicKey === null || !proof || !(now < Date.parse(proof.expiresAt))) return false;
  const own = proof.signatures.find(({ key }) => key === keyIdOf(publicKey));
  if (!own) return false;
  try {
    const text = proofText(deployment, name, argument, proof);
    return ed25519.verify(hexToBytes(own.signature), utf8ToBytes(text), hexToBytes(publicKey));
  } catch {
    return false;
  }
}
