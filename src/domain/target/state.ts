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
  /** Who requested or wrote the emergency, and so does not review it; who approved it, its journal tells. */
  readonly excluded: readonly string[];
}

/** What a target remembers of an open emergency, for the review that may follow it. */
export interface ReviewTerms extends Pick<TargetReview, 'blocksNext' | 'excluded'> {
  readonly withinMs: number;
}

/** A delivery that a deployment has left open at its end. */
export interface LateDelivery {
  readonly deployment: string;
  readonly delivery: string;
  /** By then its workflow has ended, or has been ended from outside without a word. ISO 8601. */
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
  /** It pays what an earlier one owes, and supersedes nobody. */
  readonly isRepair?: boolean;
}

export interface Lock {
  readonly number: number;
  readonly deployment: string;
  readonly fence: number;
  readonly since: string;
  /** The holder needs intervention or was lost: only `resolve` goes on. */
  readonly isStuck: boolean;
  /** The holder's journal as it was when it said so itself, which may be before its workflow has closed. */
  readonly decidedSeq?: number;
}

/** Everything a target knows; survives continue-as-new as it is. */
export interface Target {
  readonly service: string;
  readonly environment: string;
  readonly lastNumber: number;
  readonly fence: number;
  readonly live: LiveRelease | null;
  readonly slot: string | null;
  readonly lock: Lock | null;
  readonly open: readonly OpenDeployment[];
  /** Numbers that wait for the lock, in the order in which they asked. */
  readonly queue: readonly number[];
  readonly reviews: readonly TargetReview[];
  /** What its deployments had told people and left to be delivered as they ended. */
  readonly late?: readonly LateDelivery[];
  /** Who hears of trouble, as the newest plan says. */
  readonly stakeholders: readonly Stakeholder[];
  readonly ended: readonly {
    readonly key: string;
    readonly bodyDigest: string | null;
    readonly id: string;
    readonly number: number;
    readonly workflowId: string;
  }[];
  /** The greatest number that was confirmed: whoever is older and has changed nothing is superseded by it. */
  readonly newestConfirmed?: number;
  /** Nonces of the API's proofs of what the target was told to serve, the newest last. */
  readonly adoptions?: readonly string[];
  /** The same of how it was told to go on. */
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

/** The same as one save of many: a save that comes late must not bring back what a later one has superseded. */
export interface SavedTarget extends TargetState {
  /** Raised by the target with every save; 0 where a build that knew none has saved it. */
  readonly version: number;
}

/** A deployment that runs and is the target's own. */
export interface UnknownDeployment {
  readonly number: number;
  readonly id: string;
  readonly workflowId: string;
  readonly runId: string;
  /** When it asked for the lock that it waits for, ISO 8601; null: it does not wait for it. */
  readonly waitsSince: string | null;
  /** Of an emergency, which may leave a review behind. */
  readonly review?: ReviewTerms | null;
}
