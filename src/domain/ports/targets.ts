import type { Outcome } from '../journal.ts';
import type { LateNote } from '../late-notes.ts';
import type { Proof } from '../messages.ts';
import type { Subject } from '../plan.ts';
import type { LiveRelease } from '../references.ts';
import type { ReviewTerms, TargetReview } from '../reviews.ts';
import type { Adopted } from '../target.ts';
import type { Served } from './deployments.ts';

/** What a target is about, as the store keeps it for the day its workflow is gone. */
export interface TargetState {
  readonly service: string;
  readonly environment: string;
  readonly lastNumber: number;
  readonly fence: number;
  readonly live: LiveRelease | null;
  readonly slot: string | null;
  readonly lock: { readonly deployment: string; readonly fence: number; readonly since: string } | null;
  /** Reviews of emergencies that are not closed yet. */
  readonly reviews: readonly TargetReview[];
}

/** The same as one save of many: a save that comes late must not bring back what a later one has overtaken. */
export interface SavedTarget extends TargetState {
  /** Raised by the target with every save; 0 where a build that knew none has saved it. */
  readonly version: number;
}

export interface AdoptionInput {
  /** `service/environment`. */
  readonly target: string;
  readonly adopted: Adopted;
}

export interface PlanRepairInput {
  readonly deployment: string;
  readonly decision: 'compensate' | 'accept';
  readonly reason: string;
  readonly requester: { readonly subject: string; readonly name: string };
  readonly live: { readonly live: LiveRelease; readonly slot: string | null } | null;
  readonly target: TargetState;
  /** How far its journal had come when it said itself that it needs a person; null where it did not. */
  readonly decidedSeq: number | null;
  /** The API's word for the person who resolves. */
  readonly proof: Proof | null;
}

export interface TakeInInput {
  readonly service: string;
  readonly environment: string;
  /** Deployments that ask; null: all that run. */
  readonly numbers: readonly number[] | null;
}

/** A deployment that runs and is the target's own. */
export interface TakenIn {
  readonly number: number;
  readonly id: string;
  readonly workflowId: string;
  readonly runId: string;
  /** When it asked for the lock that it waits for, ISO 8601; null: it does not wait for it. */
  readonly waitsSince: string | null;
  /** Of an emergency, which may leave a review behind. */
  readonly review?: ReviewTerms | null;
}

export interface FreeNumberInput {
  readonly service: string;
  readonly environment: string;
  readonly after: number;
}

export interface SalvageInput {
  readonly workflowId: string;
  readonly why: string;
  /** By when an emergency that was lost is reviewed, ISO 8601; null: it was none. */
  readonly reviewDueAt: string | null;
  /** Whether the target ever granted it the lock: without it nothing can have been changed. */
  readonly hadLock: boolean;
}

/** How a lost deployment turned out to have ended. */
export interface Salvaged {
  readonly outcome: Outcome;
  /** What it had been confirmed to serve; null: it was not. */
  readonly serves: Served | null;
  /** Whether that was a release of its own, so that older ones are overtaken. */
  readonly overtakes: boolean;
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
