import { ed25519 } from '@noble/curves/ed25519.js';
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../base/canonical-json.ts';
import { keyIdOf, type Seals, sealText } from '../trust/seal.ts';
import type { MessageName, Proof } from './messages.ts';

/** A message that reaches its deployment later than this after it was signed proves nothing any more. */
export const proofValidMs = 10 * 60_000;

/** What the API vouches for: messages to a deployment, the run that it asked for, and what operators tell a target. */
export type Vouched = MessageName | 'resolve' | 'review' | 'adopt' | 'warrant';
type Told = Pick<Proof, 'nonce' | 'sentBy' | 'roles' | 'verifiedAt' | 'issuedAt' | 'expiresAt'>;

/**
 * What a proof signs: this message, to this deployment, from this person, as the API understood it. Plan digest, gate
 * and decision are part of name and argument. An adoption is to a target, `service/environment`, which is no deployment's id.
 */
export function proofText(
  deployment: string,
  name: Vouched,
  argument: { readonly proof?: Proof | undefined },
  { nonce, sentBy, roles, verifiedAt, issuedAt, expiresAt }: Told,
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
    verifiedAt,
    issuedAt,
    expiresAt,
  });
}

/** Whether an ed25519 signature (hex) of a text is that of a public key (hex). Throws or answers false where it is not. */
export type Verify = (publicKey: string, text: string, signature: string) => boolean;

/** In plain JavaScript: workflows have nothing else. */
const verifyAnywhere: Verify = remembering((publicKey, text, signature) =>
  ed25519.verify(hexToBytes(signature), utf8ToBytes(text), hexToBytes(publicKey)),
);

/** So many verdicts are kept: a few hundred bytes each. */
const verdictsKept = 1_000;

/**
 * Verifies each signature once: a message is evaluated when it is validated, when it is accepted, and in each replay. A
 * signature that is right stays right, so what a workflow finds does not depend on what is remembered.
 */
export function remembering(verify: Verify): Verify {
  const known = new Map<string, boolean>();
  return (publicKey, text, signature) => {
    const asked = `${publicKey} ${signature} ${text}`;
    const before = known.get(asked);
    if (before !== undefined) return before;
    const verdict = verify(publicKey, text, signature);
    const [oldest = ''] = known.keys();
    if (known.size >= verdictsKept) known.delete(oldest);
    known.set(asked, verdict);
    return verdict;
  };
}

/**
 * Whether the API has signed exactly this message to exactly this deployment with this key (hex), be it long ago. That it
 * was fresh is asked once, where it is received: see `isProven`.
 */
export function isSigned(
  publicKey: string,
  deployment: string,
  name: Vouched,
  argument: { readonly proof?: Proof | undefined },
  verify: Verify = verifyAnywhere,
): boolean {
  const { proof } = argument;
  const own = proof?.signatures.find(({ key }) => key === keyIdOf(publicKey));
  if (!proof || !own) return false;
  try {
    return verify(publicKey, proofText(deployment, name, argument, proof), own.signature);
  } catch {
    return false;
  }
}

/** Whether one of these keys (hex) has sealed the plan whole. */
export function isSealedBy(
  publicKeys: readonly string[],
  { planDigest, key, plan }: Seals,
  verify: Verify = verifyAnywhere,
): boolean {
  const own = publicKeys.find((one) => keyIdOf(one) === key);
  if (own === undefined) return false;
  try {
    return verify(own, sealText(planDigest, 'plan', planDigest), plan);
  } catch {
    return false;
  }
}

/**
 * Whether the API vouches for a message: it has signed it (see `isSigned`), and no longer ago than that may be.
 * `publicKey`: null means that this deployment knows no key. `now` is in milliseconds.
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
  return isSigned(publicKey, deployment, name, argument);
}
