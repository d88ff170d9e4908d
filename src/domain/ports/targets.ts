import type { Outcome } from '../base/phases.ts';
import type { Subject } from '../base/subject.ts';
import type { Proof } from '../messages/messages.ts';
import type { Served } from '../plan/references.ts';
import type { LateNote } from '../target/late-notes.ts';
import type { Adopted } from '../target/requests.ts';

export interface AdoptionInput {
  /** `service/environment`. */
  readonly target: string;
  readonly adopted: Adopted;
}

export interface FindUnknownDeploymentsInput {
  readonly service: string;
  readonly environment: string;
  /** Deployments that ask; null: all that run. */
  readonly numbers: readonly number[] | null;
}

export interface FreeNumberInput {
  readonly service: string;
  readonly environment: string;
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
export interface RecoveredDeployment {
  readonly outcome: Outcome;
  /** What it had been confirmed to serve; null: it was not. */
  readonly serves: Served | null;
  /** Whether that was a release of its own, so that older ones are superseded. */
  readonly supersedes: boolean;
  /** Why the file of its record could not be written; null: it is there. */
  readonly notExported: string | null;
  /** Ids of deliveries that go on being tried after it. */
  readonly openDeliveries: readonly string[];
}

export interface LateNoteInput extends LateNote {
  /** When the target heard of it, ISO 8601. */
  readonly at: string;
  /** `service/environment`. */
  readonly target: string;
}

export interface CloseReviewInput {
  readonly deployment: string;
  readonly findings: string;
  readonly by: Subject;
  /** As the target knows it, for a journal that could not say so itself. */
  readonly reviewDueAt: string | null;
  /** When the target heard of it, ISO 8601. */
  readonly at: string;
  /** `service/environment`. */
  readonly target: string;
  /** The API's word for the person who closes it. */
  readonly proof: Proof | null;
}
