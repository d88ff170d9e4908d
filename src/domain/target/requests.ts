import type { Subject } from '../base/subject.ts';
import type { Proof } from '../messages/messages.ts';
import type { LiveRelease } from '../plan/references.ts';
import type { Target } from './state.ts';

/** How a target knows a request again: see `OpenDeployment`. */
export interface RequestKey {
  readonly key: string;
  readonly bodyDigest: string;
}

/** What `request` answers: where the new deployment is. */
export interface Requested {
  readonly id: string;
  readonly number: number;
  readonly workflowId: string;
}

/** What a target says of a key: the deployment that it has led to, if any, unless it came with another body. */
export type FoundRequest =
  | { readonly kind: 'none' }
  | { readonly kind: 'found'; readonly requested: Requested }
  | { readonly kind: 'other-body'; readonly id: string };

/** Looks a key up among open deployments and the last ends. */
export function requestedBy(target: Target, { key, bodyDigest }: RequestKey): FoundRequest {
  const found = [...target.open, ...target.ended].find((one) => one.key === key);
  if (!found) return { kind: 'none' };
  const { id, number, workflowId } = found;
  return found.bodyDigest === bodyDigest
    ? { kind: 'found', requested: { id, number, workflowId } }
    : { kind: 'other-body', id };
}

export interface Adopted {
  readonly live: LiveRelease;
  readonly slot: string | null;
  readonly by: Subject;
  readonly reason: string;
  /** The API's word for it; what it signs names the target. */
  readonly proof?: Proof | undefined;
}

export interface Resolution {
  readonly deployment: string;
  readonly decision: 'compensate' | 'accept';
  readonly live: { readonly live: LiveRelease; readonly slot: string | null } | null;
  readonly reason: string;
  readonly by: Subject;
  /** The API's word for it; what it signs names the deployment. */
  readonly proof?: Proof | undefined;
}
