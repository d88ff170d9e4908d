import type { TargetName } from '../base/ids.ts';
import type { Outcome } from '../base/phases.ts';
import type { Proof } from '../messages/messages.ts';
import type { LateNote } from '../target/late-notes.ts';
import type { Adopted } from '../target/requests.ts';
import type { DeploymentResult } from '../target/result.ts';
import type { ReviewClosing } from '../target/reviews.ts';

export interface AdoptionInput {
  /** `service/environment`. */
  readonly target: string;
  readonly adopted: Adopted;
}

export interface FindUnknownDeploymentsInput extends TargetName {
  /** Those of these deployments; null: all that run. */
  readonly numbers: readonly number[] | null;
}

export interface FreeNumberInput extends TargetName {
  readonly after: number;
}

export interface RecoverDeploymentInput {
  readonly workflowId: string;
  readonly why: string;
  /** By when an emergency that was lost is reviewed, ISO 8601; null: it was none. */
  readonly reviewDueAt: string | null;
  /** Whether the target ever granted it the lock: without it nothing can have been changed. */
  readonly hadLock: boolean;
}

/** How a lost deployment turned out to have ended. */
export interface RecoveredDeployment extends Required<Omit<DeploymentResult, 'outcome' | 'reviewDueAt'>> {
  readonly outcome: Outcome;
  /** Why the file of its record could not be written; null: it is there. */
  readonly notExported: string | null;
}

/** A message to a target about a deployment that has ended. */
interface Received {
  /** When the target received it, ISO 8601. */
  readonly at: string;
  /** `service/environment`. */
  readonly target: string;
}

export interface LateNoteInput extends LateNote, Received {}

export interface CloseReviewInput extends Omit<ReviewClosing, 'proof'>, Received {
  /** By the target, for a journal without it. */
  readonly reviewDueAt: string | null;
  readonly proof: Proof | null;
}
