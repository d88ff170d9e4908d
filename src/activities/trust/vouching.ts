import { isDeploymentOf, parseTarget } from '../../domain/base/ids.ts';
import { lackedRoles } from '../../domain/base/lacked-roles.ts';
import type { Actor } from '../../domain/journal/values.ts';
import { type Proof } from '../../domain/messages/messages.ts';
import { isSigned, type Vouched } from '../../domain/messages/proof.ts';
import { operatorsOf } from '../../domain/policy/operators.ts';
import type { Person } from '../../domain/policy/people-schema.ts';
import { rulesFor } from '../../domain/policy/policy.ts';
import type { AdoptionInput, CloseReviewInput } from '../../domain/ports/targets.ts';
import type { PlanRepairInput } from '../../domain/target/repair-plan.ts';
import type { Adopted, Resolution } from '../../domain/target/requests.ts';
import type { ReviewClosing } from '../../domain/target/reviews.ts';
import { maxSignatures } from '../../domain/trust/seal.ts';
import { verifyText } from '../../system/native-signatures.ts';
import type { ActivityDeps } from '../deps.ts';
import { alarmed } from './alarm.ts';

// What the API vouches for: people's messages, and the run that it asked for.

/** Whether the API has signed it, with a key that is trusted now; how long ago does not matter. */
export async function isVouchedFor(
  deps: Pick<ActivityDeps, 'trustedKey'>,
  deployment: string,
  name: Vouched,
  said: { readonly proof?: Proof | undefined },
): Promise<boolean> {
  // A caller may send any number of signatures, and each unknown key is a query to the store.
  for (const { key } of said.proof?.signatures.slice(0, maxSignatures) ?? []) {
    const publicKey = await deps.trustedKey(key);
    if (publicKey !== null && isSigned(publicKey, deployment, name, said, verifyText)) return true;
  }
  return false;
}

/** Whether this worker's own policy counts only what the API vouches for, on a target `service/environment`. */
export async function asksForProof({ policy }: Pick<ActivityDeps, 'policy'>, target: string): Promise<boolean> {
  return rulesFor((await policy.read()).policy, parseTarget(target))?.messages.unsigned !== 'accept';
}

/**
 * A person's decision on how a stuck target goes on: by an operator of that very target as this worker's own policy has it, and
 * vouched for by the API where policy counts only that. Throws `other-target`, `unproven-message`, `forbidden`.
 */
export async function requireProvenResolution(
  deps: ActivityDeps,
  { deployment, decision, reason, requester, live, target, proof }: PlanRepairInput,
): Promise<void> {
  const said: Resolution = { deployment, decision, reason, by: requester, live, proof: proof ?? undefined };
  await requireOperator(deps, `${target.service}/${target.environment}`, 'resolve', said);
}

/** The same for the closing of a review of an emergency. Answers who closes it. */
export function requireProvenReview(
  deps: ActivityDeps,
  { deployment, findings, by, target, proof }: CloseReviewInput,
): Promise<Actor> {
  return requireOperator(deps, target, 'review', { deployment, findings, by, proof: proof ?? undefined });
}

/** The same for what an idle target is said to serve. */
export async function requireProvenAdoption(deps: ActivityDeps, { target, adopted }: AdoptionInput): Promise<void> {
  await requireOperator(deps, target, 'adopt', adopted);
}

/** A person of the policy in whose name something came past the API, or with its proof. */
export function actorOf({ subject, name }: Person, isVerified: boolean): Actor {
  return isVerified
    ? { subject, name, via: 'api', identity: 'verified' }
    : { subject, name, via: 'update', identity: 'asserted' };
}

/**
 * What the API has signed for one target is worth nothing to another, and what it has signed for somebody counts while
 * they are an operator: the caller may have intercepted it, and roles may have been withdrawn since.
 */
async function requireOperator(
  deps: ActivityDeps,
  target: string,
  message: 'resolve' | 'review' | 'adopt',
  said: Resolution | ReviewClosing | Adopted,
): Promise<Actor> {
  const about = 'deployment' in said ? said.deployment : target;
  const { subject } = said.by;
  if (about !== target) await requireOwnDeployment(deps, about, target);
  const claim = `${subject}, who is said to ${message} ${about}`;
  const isVerified = await requireProven(deps, { target, about, message, claim }, said);
  const { person, roles } = operatorsOf((await deps.policy.read()).policy, parseTarget(target), subject);
  if (person) return actorOf(person, isVerified);
  const detail = `To ${message} ${about} takes ${lackedRoles(roles, subject)}.`;
  throw await alarmed(deps, { target, code: 'forbidden', detail });
}

/** Raises an alarm and throws `other-target` where a deployment is none of this target, `service/environment`. */
export async function requireOwnDeployment(deps: ActivityDeps, deployment: string, target: string): Promise<void> {
  if (isDeploymentOf(deployment, parseTarget(target))) return;
  const detail = `${deployment.slice(0, 200)} is no deployment of ${target}.`;
  throw await alarmed(deps, { target, code: 'other-target', detail });
}

/** A message of a person; `claim` describes it for the alarm. */
interface Claimed {
  readonly target: string;
  readonly about: string;
  readonly message: Vouched;
  readonly claim: string;
}

/**
 * Whether the API vouches for a message of a person, as policy may require. Raises an alarm and throws `unproven-message`
 * where policy requires it and the API does not.
 */
export async function requireProven(
  deps: ActivityDeps,
  { target, about, message, claim }: Claimed,
  said: { readonly proof?: Proof | undefined },
): Promise<boolean> {
  const { proof } = said;
  if (!proof && !(await asksForProof(deps, target))) return false;
  const isFresh = proof !== undefined && deps.now() < Date.parse(proof.expiresAt);
  if (isFresh && (await isVouchedFor(deps, about, message, said))) return true;
  throw await alarmed(deps, { target, code: 'unproven-message', detail: `Nobody vouches for ${claim}.` });
}
