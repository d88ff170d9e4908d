import { randomBytes } from 'node:crypto';
import { GantryError } from '../../domain/base/errors.ts';
import { isDeploymentOf, type TargetName } from '../../domain/base/ids.ts';
import type { Proof } from '../../domain/messages/messages.ts';
import { proofText, proofValidMs, type Vouched } from '../../domain/messages/proof.ts';
import type { Adopted, Resolution } from '../../domain/target/requests.ts';
import type { ReviewClosing } from '../../domain/target/reviews.ts';
import type { ApiDeps } from '../deps.ts';

/** The parts of a proof that its caller sets. */
export type ProofParts = Partial<Pick<Proof, 'sentBy' | 'roles' | 'nonce' | 'verifiedAt'>>;

/** The argument with the API's proof of its sender; without keys it stays as it is. */
export function vouched<T extends { readonly proof?: Proof | undefined }>(
  { signingKeys, now }: Pick<ApiDeps, 'signingKeys' | 'now'>,
  deployment: string,
  name: Vouched,
  argument: T,
  { sentBy = 'api', roles = [], nonce = randomBytes(16).toString('hex'), ...more }: ProofParts = {},
): T {
  if (!signingKeys) return argument;
  const issuedAt = new Date(now()).toISOString();
  const expiresAt = new Date(now() + proofValidMs).toISOString();
  const parts = { ...more, sentBy, roles, nonce, issuedAt, expiresAt };
  const signatures = [...signingKeys.vouch(proofText(deployment, name, argument, parts))];
  return { ...argument, proof: { ...parts, signatures } };
}

/** Throws `other-target` for a deployment of another target. */
export function requireOwn(target: TargetName, deployment: string): void {
  if (isDeploymentOf(deployment, target)) return;
  const { service, environment } = target;
  throw new GantryError(
    'other-target',
    `${JSON.stringify(deployment.slice(0, 200))} is no deployment of ${service} in ${environment}.`,
    { pointer: '/deployment' },
  );
}

/**
 * The same for an operator's message to a target. An operator has authority over that target only, so nothing about another
 * target's deployment is signed: it could be replayed there. Throws `other-target`.
 */
export function vouchedForTarget<T extends Adopted | Resolution | ReviewClosing>(
  deps: Pick<ApiDeps, 'signingKeys' | 'now'>,
  target: TargetName,
  name: 'adopt' | 'resolve' | 'review',
  argument: T,
  parts?: ProofParts,
): T {
  const about = 'deployment' in argument ? argument.deployment : null;
  if (about !== null) requireOwn(target, about);
  return vouched(deps, about ?? `${target.service}/${target.environment}`, name, argument, parts);
}
