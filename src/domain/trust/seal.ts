import { canonicalJson } from '../base/canonical-json.ts';

/** A signature of the API (ed25519, hex) and the key it was made with: see `keyIdOf`. */
export interface Signature {
  readonly key: string;
  readonly signature: string;
}

/**
 * What the API has signed of a plan: the plan whole, and by its own signature each part that an activity is given
 * without the rest. A worker that asks for seals carries out nothing else.
 */
export interface Seals {
  /** Digest of the sealed plan; a repair carries the seals of the plan whose compensations it runs. */
  readonly planDigest: string;
  readonly key: string;
  readonly plan: string;
  readonly parts: { readonly [part: string]: string };
}

/** The seal of one part, as an activity gets it beside the part itself. */
export interface PartSeal extends Signature {
  readonly planDigest: string;
  readonly part: string;
}

/** A key is known by the first 16 digits of its public half. */
export const keyIdOf = (publicKey: string): string => publicKey.slice(0, 16);

/** What a seal signs. The plan's own seal has the part `plan` and its digest as the value. */
export function sealText(planDigest: string, part: string, value: unknown): string {
  return canonicalJson({ gantry: 'seal', planDigest, part, value });
}

/** The plan's own seal, as a part among the others. */
export function planSealOf({ planDigest, key, plan }: Seals): PartSeal {
  return { planDigest, key, part: 'plan', signature: plan };
}

/** The seal of a part; null where the plan has none, so that nothing passes for sealed by mistake. */
export function partSealOf(seals: Seals | null, part: string): PartSeal | null {
  const signature = seals && Object.hasOwn(seals.parts, part) ? seals.parts[part] : undefined;
  return seals && signature !== undefined ? { planDigest: seals.planDigest, key: seals.key, part, signature } : null;
}

/** More keys than these are not needed to bridge a rotation. */
export const maxSignatures = 5;
