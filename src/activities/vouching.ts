import { GantryError } from '../domain/errors.ts';
import type { Proof } from '../domain/messages.ts';
import { mostSignatures } from '../domain/messages.ts';
import type { AdoptionInput, CloseReviewInput, PlanRepairInput } from '../domain/ports/targets.ts';
import type { ReviewClosing } from '../domain/reviews.ts';
import type { Adopted, Resolution } from '../domain/target.ts';
import { isSigned, type Vouched } from '../domain/trust/proof.ts';
import { raiseAlarm } from './alarm.ts';
import type { ActivityDeps } from './deps.ts';
import { verifyQuickly } from './verify.ts';

// What the API vouches for: who says what, and which run is the one that it asked for.

/** Whether the API has said so, under a key that is trusted now; how long ago does not matter. */
export async function isVouchedFor(
  deps: Pick<ActivityDeps, 'trustedKey'>,
  deployment: string,
  name: Vouched,
  said: { readonly proof?: Proof | undefined },
): Promise<boolean> {
  // Whoever asks may write as many as they like, and each unknown key is a question to the store.
  for (const { key } of said.proof?.signatures.slice(0, mostSignatures) ?? []) {
    const publicKey = await deps.trustedKey(key);
    if (publicKey !== null && isSigned(publicKey, deployment, name, said, verifyQuickly)) return true;
  }
  return false;
}

/** Whether this worker's own policy counts only what the API vouches for, on a target `service/environment`. */
export async function asksForProof({ policy }: Pick<ActivityDeps, 'policy'>, target: string): Promise<boolean> {
  const environment = target.slice(target.indexOf('/') + 1);
  const { environments } = (await policy.read()).policy;
  const rules = Object.hasOwn(environments, environment) ? environments[environment] : undefined;
  return rules?.messages.unsigned !== 'accept';
}

/** A person's word on how a stuck target goes on, where policy counts only what the API vouches for. Throws `unproven-message`. */
export async function requireProvenResolution(
  deps: ActivityDeps,
  { deployment, decision, reason, requester, live, target, proof }: PlanRepairInput,
): Promise<void> {
  const said: Resolution = { deployment, decision, reason, by: requester, live, ...(proof ? { proof } : {}) };
  await requireProven(deps, `${target.service}/${target.environment}`, 'resolve', said);
}

/** The same for the word of whoever closes the review of an emergency. Answers whether the API vouches for it. */
export function requireProvenReview(
  deps: ActivityDeps,
  { deployment, findings, by, target, proof }: CloseReviewInput,
): Promise<boolean> {
  return requireProven(deps, target, 'review', { deployment, findings, by, ...(proof ? { proof } : {}) });
}

/** The same for the word of whoever says what an idle target serves. */
export async function requireProvenAdoption(deps: ActivityDeps, { target, adopted }: AdoptionInput): Promise<void> {
  await requireProven(deps, target, 'adopt', adopted);
}

async function requireProven(
  deps: ActivityDeps,
  target: string,
  name: 'resolve' | 'review' | 'adopt',
  said: Resolution | ReviewClosing | Adopted,
): Promise<boolean> {
  const { by, proof } = said;
  const deployment = 'deployment' in said ? said.deployment : target;
  if (!proof && !(await asksForProof(deps, target))) return false;
  const isFresh = proof !== undefined && deps.now() < Date.parse(proof.expiresAt);
  if (isFresh && (await isVouchedFor(deps, deployment, name, said))) return true;
  const detail = `Nobody vouches for ${by.subject}, who is said to ${name} ${deployment}.`;
  await raiseAlarm(deps, { target, code: 'unproven-message', detail });
  throw new GantryError('unproven-message', detail);
}
