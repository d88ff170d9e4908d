import { ed25519 } from '@noble/curves/ed25519.js';
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../base/canonical-json.ts';
import { remembering } from '../base/remembering.ts';
import { keyIdOf, type Seals, sealText } from '../trust/seal.ts';
import type { MessageName, Proof } from './messages.ts';

/** A message that reaches its deployment later than this after it was signed proves nothing any more. */
export const proofValidMs = 10 * 60_000;

/** What the API vouches for: messages to a deployment, the run that it asked for, and requests of operators to a target. */
export type Vouched = MessageName | 'resolve' | 'review' | 'adopt' | 'warrant';
type Signed = { readonly proof?: Proof | undefined };

/**
 * What a proof signs: this message, to this deployment, from this person, as the API understood it. Plan digest, gate
 * and decision are part of name and argument. An adoption is to a target, `service/environment`, which is no deployment's id.
 */
export function proofText(
  deployment: string,
  name: Vouched,
  message: Signed,
  stated: Omit<Proof, 'signatures'>,
): string {
  const { proof: _, ...argument } = message;
  return canonicalJson({ gantry: 'message', deployment, name, argument, ...stated });
}

/** Whether an ed25519 signature (hex) of a text is that of a public key (hex). Throws or answers false where it is not. */
export type Verify = (publicKey: string, text: string, signature: string) => boolean;

/**
 * Verifies each signature once: a message is evaluated when it is validated, when it is accepted, and in each replay. A
 * signature that is right stays right, so what a workflow finds does not depend on what is remembered. A verdict takes a
 * few hundred bytes.
 */
export function verifyingOnce(verify: Verify): Verify {
  const remember = remembering<boolean>(1_000);
  return (publicKey, text, signature) =>
    remember(`${publicKey} ${signature} ${text}`, () => verify(publicKey, text, signature));
}

/** In plain JavaScript: workflows have nothing else. */
const verifyAnywhere = verifyingOnce((publicKey, text, signature) =>
  ed25519.verify(hexToBytes(signature), utf8ToBytes(text), hexToBytes(publicKey)),
);

/**
 * Whether the API has signed exactly this message to exactly this deployment with this key (hex), be it long ago. Its age
 * is checked once, where it is received: see `isProven`.
 */
export function isSigned(
  publicKey: string,
  deployment: string,
  name: Vouched,
  argument: Signed,
  verify: Verify = verifyAnywhere,
): boolean {
  if (!argument.proof) return false;
  const { signatures, ...stated } = argument.proof;
  const own = signatures.find(({ key }) => key === keyIdOf(publicKey));
  return own !== undefined && holds(verify, publicKey, proofText(deployment, name, argument, stated), own.signature);
}

/** Whether one of these keys (hex) has sealed the plan whole. */
export function isSealedBy(
  publicKeys: readonly string[],
  { planDigest, key, plan }: Seals,
  verify: Verify = verifyAnywhere,
): boolean {
  const own = publicKeys.find((one) => keyIdOf(one) === key);
  return own !== undefined && holds(verify, own, sealText(planDigest, 'plan', planDigest), plan);
}

function holds(verify: Verify, publicKey: string, text: string, signature: string): boolean {
  try {
    return verify(publicKey, text, signature);
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
  argument: Signed,
  now: number,
): boolean {
  const { proof } = argument;
  if (publicKey === null || !proof || !(now < Date.parse(proof.expiresAt))) return false;
  return isSigned(publicKey, deployment, name, argument);
}
