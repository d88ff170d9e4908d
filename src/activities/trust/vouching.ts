import { GantryError } from '../../domain/base/errors.ts';
import { isDeploymentOf, parseTarget } from '../../domain/base/ids.ts';
import { lackedRoles } from '../../domain/base/lacked-roles.ts';
import { type Proof } from '../../domain/messages/messages.ts';
import { isSigned, type Vouched } from '../../domain/messages/proof.ts';
import { operatorsOf } from '../../domain/policy/operators.ts';
import type { Person } from '../../domain/policy/people.ts';
import { rulesFor } from '../../domain/policy/policy.ts';
import type { AdoptionInput, CloseReviewInput } from '../../domain/ports/targets.ts';
import type { PlanRepairInput } from '../../domain/target/repair-input.ts';
import type { Adopted, Resolution } from '../../domain/target/requests.ts';
import type { ReviewClosing } from '../../domain/target/reviews.ts';
import { maxSignatures } from '../../domain/trust/seal.ts';
import type { ActivityDeps } from '../deps.ts';
import { raiseAlarm } from './alarm.ts';
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
  for (const { key } of said.proof?.signatures.slice(0, maxSignatures) ?? []) {
    const publicKey = await deps.trustedKey(key);
    if (publicKey !== null && isSigned(publicKey, deployment, name, said, verifyQuickly)) return true;
  }
  return false;
}

/** Whether this worker's own policy counts only what the API vouches for, on a target `service/environment`. */
export async function asksForProof({ policy }: Pick<ActivityDeps, 'policy'>, target: string): Promise<boolean> {
  return rulesFor((await policy.read()).policy, parseTarget(target))?.messages.unsigned !== 'accept';
}

/**
 * A person's word on how a stuck target goes on: by an operator of that very target as this worker's own policy has it, and
 * vouched for by the API where policy counts only that. Throws `other-target`, `unproven-message`, `forbidden`.
 */
export async function requireProvenResolution(
  deps: ActivityDeps,
  { deployment, decision, reason, requester, live, target, proof }: PlanRepairInput,
): Promise<void> {
  const said: Resolution = { deployment, decision, reason, by: requester, live, ...(proof ? { proof } : {}) };
  await requireOperator(deps, target, 'resolve', said);
}

/** The same for the word of whoever closes the review of an emergency. */
export function requireProvenReview(
  deps: ActivityDeps,
  { deployment, findings, by, target, proof }: CloseReviewInput,
): Promise<ToldBy> {
  return requireOperator(deps, parseTarget(target), 'review', {
    deployment,
    findings,
    by,
    ...(proof ? { proof } : {}),
  });
}

/** The same for the word of whoever says what an idle target serves. */
export async function requireProvenAdoption(deps: ActivityDeps, { target, adopted }: AdoptionInput): Promise<void> {
  await requireOperator(deps, parseTarget(target), 'adopt', adopted);
}

interface ToldBy {
  /** Whether the API vouches for it. */
  readonly isVerified: boolean;
  readonly operator: Person;
}

/**
 * What the API has signed for one target is worth nothing to another, and what it has signed for somebody counts while
 * they are an operator: whoever asks for it may have caught it, and roles may have gone since.
 */
async function requireOperator(
  deps: ActivityDeps,
  name: ReturnType<typeof parseTarget>,
  message: 'resolve' | 'review' | 'adopt',
  said: Resolution | ReviewClosing | Adopted,
): Promise<ToldBy> {
  const target = `${name.service}/${name.environment}`;
  const about = 'deployment' in said ? said.deployment : target;
  const refuse = async (code: 'other-target' | 'forbidden', detail: string) => {
    await raiseAlarm(deps, { target, code, detail });
    return new GantryError(code, detail);
  };
  if (about !== target && !isDeploymentOf(about, name))
    throw await refuse('other-target', `${about.slice(0, 200)} is no deployment of ${target}.`);
  const isVerified = await requireProven(deps, { target, about, message }, said.by.subject, said);
  const { person, roles } = operatorsOf((await deps.policy.read()).policy, name, said.by.subject);
  if (!person) throw await refuse('forbidden', `To ${message} ${about} takes ${lackedRoles(roles, said.by.subject)}.`);
  return { isVerified, operator: person };
}

/**
 * Whether the API vouches for what somebody says (`by`: their subject), which policy may ask for. Throws `unproven-message`
 * where it does and nobody vouches.
 */
export async function requireProven(
  deps: ActivityDeps,
  { target, about, message }: { readonly target: string; readonly about: string; readonly message: Vouched },
  by: string,
  said: { readonly proof?: Proof | undefined },
): Promise<boolean> {
  const { proof } = said;
  if (!proof && !(await asksForProof(deps, target))) return false;
  const isFresh = proof !== undefined && deps.now() < Date.parse(proof.expiresAt);
  if (isFresh && (await isVouchedFor(deps, about, message, said))) return true;
  const detail = `Nobody vouches for ${by}, who is said to ${message} ${about}.`;
  await raiseAlarm(deps, { target, code: 'unproven-message', detail });
  throw new GantryError('unproven-message', detail);
}
