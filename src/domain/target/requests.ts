import { deploymentId, deploymentWorkflowId, type TargetName } from '../base/ids.ts';
import { pick } from '../base/pick.ts';
import type { Subject } from '../base/subject.ts';
import type { Proof } from '../messages/messages.ts';
import type { Served } from '../plan/references.ts';
import type { OpenDeployment, ReviewTerms, Target } from './state.ts';

/** By which a target recognizes a repeated request: see `OpenDeployment`. */
export interface RequestKey {
  readonly key: string;
  readonly bodyDigest: string;
}

/** What `request` answers: where the new deployment is. */
export type Requested = Pick<OpenDeployment, 'id' | 'number' | 'workflowId'>;

/** The deployment that was requested under a key, if any, unless with another body. */
export type FoundRequest =
  | { readonly kind: 'none' }
  | { readonly kind: 'found'; readonly requested: Requested }
  | { readonly kind: 'other-body'; readonly id: string };

/**
 * The target after one more deployment was asked for: numbers are 1, 2, 3 … without a gap. A repair has no key, and the lock
 * passes to it with its number.
 */
export function withRequest(
  { service, environment }: TargetName,
  before: Target,
  key: RequestKey | null,
  review: ReviewTerms | null,
): { readonly target: Target; readonly requested: Requested } {
  const { lastNumber, open } = before;
  const number = lastNumber + 1;
  const id = deploymentId(service, environment, number);
  const workflowId = deploymentWorkflowId(service, environment, number);
  const place = { number, id, workflowId, runId: null, hadLock: key === null, isRepair: key === null };
  const asked = { key: key?.key ?? null, bodyDigest: key?.bodyDigest ?? null, review };
  const target = { ...before, lastNumber: number, open: [...open, { ...place, ...asked }] };
  return { target, requested: { id, number, workflowId } };
}

/** Looks a key up among open deployments and the last ends. */
export function requestedBy(target: Target, { key, bodyDigest }: RequestKey): FoundRequest {
  const found = [...target.open, ...target.ended].find((one) => one.key === key);
  if (!found) return { kind: 'none' };
  return found.bodyDigest === bodyDigest
    ? { kind: 'found', requested: pick(found, 'id', 'number', 'workflowId') }
    : { kind: 'other-body', id: found.id };
}

/** A message of a person to a target, with the API's proof, which names the target or the deployment that it is about. */
export interface TargetMessage {
  readonly by: Subject;
  readonly proof?: Proof | undefined;
}

export interface Adopted extends Served, TargetMessage {
  readonly reason: string;
}

export interface Resolution extends TargetMessage {
  readonly deployment: string;
  readonly decision: 'compensate' | 'accept';
  readonly live: Served | null;
  readonly reason: string;
}

/** The target remembers the proofs of so many adoptions, and resolutions: more than operators send before the first of them expires. */
export const rememberedProofs = 50;
/** The target remembers the idempotency keys of so many ended deployments. */
export const rememberedEnds = 200;
/** At most so many deployments of one target are open at once. */
export const openLimit = 100;
