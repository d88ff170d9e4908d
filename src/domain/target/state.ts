import type { TargetName } from '../base/ids.ts';
import type { Stakeholder } from '../kinds/notification.ts';
import type { LiveRelease } from '../plan/references.ts';

/** The review of an emergency that a target waits for. */
export interface TargetReview {
  readonly deployment: string;
  /** ISO 8601. */
  readonly dueAt: string;
  readonly isOverdue: boolean;
  /** Whether it keeps normal and standard changes away once it is overdue. */
  readonly blocksNext: boolean;
  /** Who requested or wrote the emergency, and so may not review it. Who approved it is in its journal. */
  readonly excluded: readonly string[];
}

/** The part of an open emergency that is needed for the review that may follow it. */
export interface ReviewTerms extends Pick<TargetReview, 'blocksNext' | 'excluded'> {
  readonly withinMs: number;
}

/** A delivery that a deployment has left open at its end. */
export interface LateDelivery {
  readonly deployment: string;
  readonly delivery: string;
  /** By then its workflow has ended, or was ended from outside. ISO 8601. */
  readonly until: string;
}

/** Where an open deployment stands with its target. */
export interface OpenDeployment {
  readonly number: number;
  readonly id: string;
  readonly workflowId: string;
  readonly runId: string | null;
  /** Digest of (subject, Idempotency-Key), so that a repeat after a crash finds the same deployment. */
  readonly key: string | null;
  /** Digest of the body that came with the key: another one is another request. */
  readonly bodyDigest: string | null;
  readonly hadLock: boolean;
  /** Of an emergency, which may leave a review behind. */
  readonly review?: ReviewTerms | null;
  /** It carries out the compensations of an earlier one, and supersedes none. */
  readonly isRepair?: boolean;
}

export interface Lock {
  readonly number: number;
  readonly deployment: string;
  readonly fence: number;
  readonly since: string;
  /** The holder needs intervention or was lost: only `resolve` goes on. */
  readonly isStuck: boolean;
  /** Where the holder itself reported that: the last number of its journal then. Its workflow may close later. */
  readonly decidedSeq?: number;
}

/** The whole state of a target; continue-as-new takes it over as it is. */
export interface Target extends TargetName {
  readonly lastNumber: number;
  readonly fence: number;
  readonly live: LiveRelease | null;
  readonly slot: string | null;
  readonly lock: Lock | null;
  readonly open: readonly OpenDeployment[];
  /** Numbers that wait for the lock, in the order in which they asked. */
  readonly queue: readonly number[];
  /** Reviews of emergencies that are not closed yet. */
  readonly reviews: readonly TargetReview[];
  /** Deliveries that its deployments left open at their ends. */
  readonly late?: readonly LateDelivery[];
  /** Who is notified of trouble, by the newest plan. */
  readonly stakeholders: readonly Stakeholder[];
  readonly ended: readonly (Pick<OpenDeployment, 'bodyDigest' | 'id' | 'number' | 'workflowId'> & {
    readonly key: string;
  })[];
  /** The greatest number that was confirmed: it supersedes all older deployments that have changed nothing. */
  readonly newestConfirmed?: number;
  /** Nonces of the proofs of adoptions, the newest last. */
  readonly adoptions?: readonly string[];
  /** The same of resolutions. */
  readonly resolutions?: readonly string[];
  /** Of the last copy that was sent to the store. */
  readonly version?: number;
}

export function emptyTarget(service: string, environment: string): Target {
  return {
    service,
    environment,
    lastNumber: 0,
    fence: 0,
    live: null,
    slot: null,
    lock: null,
    open: [],
    queue: [],
    reviews: [],
    stakeholders: [],
    ended: [],
  };
}

/** What the store keeps of a target, for the case that its workflow is lost. */
export interface TargetState
  extends Pick<Target, 'service' | 'environment' | 'lastNumber' | 'fence' | 'live' | 'slot' | 'reviews'> {
  readonly lock: Pick<Lock, 'deployment' | 'fence' | 'since'> | null;
}

/** The same as one save of many: a save that comes late must not bring back what a later one has superseded. */
export interface SavedTarget extends TargetState {
  /** Raised by the target with every save; 0 where a build that knew none has saved it. */
  readonly version: number;
}

/** A running deployment of a target that does not know it, since it was started anew. */
export interface UnknownDeployment extends Pick<OpenDeployment, 'number' | 'id' | 'workflowId' | 'review'> {
  readonly runId: string;
  /** When it asked for the lock that it waits for, ISO 8601; null: it does not wait for it. */
  readonly waitsSince: string | null;
}
