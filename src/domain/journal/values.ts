import type { ErrorCode } from '../base/error-codes.ts';
import type { Subject } from '../base/subject.ts';
import type { ActionOutcome, LatestSample, Measurement, SampleWindow } from '../kinds/adapter.ts';
import type { Delivery, StakeholderEvent } from '../kinds/notification.ts';
import type { Via } from '../messages/messages.ts';

/** Who did something, how it was sent, and whether the API has verified it. */
export interface Actor extends Subject {
  readonly via: Via;
  readonly identity: 'verified' | 'asserted';
  /** When the store last confirmed their key, where it did not answer when they acted; absent: just then. */
  readonly verifiedAt?: string;
}

/** An attempt to deliver one notification to one stakeholder through one channel. */
export interface DeliveryAttempt extends Pick<Delivery, 'stakeholder' | 'channel' | 'how' | 'delivered' | 'summary'> {
  readonly event: StakeholderEvent;
}

/** The result of the attempts after the first one; `how`, `delivered` and `summary` are those of the last one. */
export interface DeliveryResult extends Pick<DeliveryAttempt, 'how' | 'delivered' | 'summary'> {
  /** Not counting the first one. */
  readonly attempts: number;
  /** When the last attempt was made, ISO 8601. */
  readonly lastAt: string;
}

/** Who has acknowledged a page. */
export interface PageAcknowledgement {
  /** A name, or the holder of a link: `whoever held the link sent to On call (email to …)`. */
  readonly who: string;
  /** Null: by link, which names no person. */
  readonly subject: string | null;
  readonly via: Via | 'link';
  readonly identity: Actor['identity'];
  /** ISO 8601. */
  readonly at: string;
}

/** How a delivery ended that was tried again. */
export interface DeliveryEnd extends DeliveryResult, DeliveryAttempt {
  readonly delivery: string;
}

/** Why a deployment was stopped before its end. */
export type StopCause =
  | { readonly kind: 'abort'; readonly by: Actor; readonly reason: string | null }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'breach'; readonly check: string; readonly summary: string }
  | { readonly kind: 'rejected'; readonly summary: string }
  | { readonly kind: 'expired'; readonly summary: string }
  | { readonly kind: 'superseded'; readonly by: string }
  | { readonly kind: 'step-failed'; readonly step: string; readonly summary: string }
  | { readonly kind: 'validation-failed'; readonly summary: string }
  | { readonly kind: 'approval-lost'; readonly summary: string }
  /** On purpose, after every step has passed. */
  | { readonly kind: 'rehearsal' }
  | { readonly kind: 'overrun'; readonly limit: string; readonly summary: string }
  | { readonly kind: 'error'; readonly code: ErrorCode; readonly summary: string };

/** `summary`: what was seen, such as `200 in 6 ms`. */
export interface CheckResult extends Pick<Measurement, 'verdict' | 'summary' | 'observed' | 'startedAt' | 'endedAt'> {
  readonly check: string;
  readonly kind: string;
  /** What was asked for: `status 200`. */
  readonly threshold: string;
  readonly samples: number;
}

/** The part of an action's outcome that the journal keeps. */
export type JournaledOutcome = Omit<ActionOutcome, 'output'> & {
  readonly output?: {
    readonly head: string;
    readonly tail: string;
    readonly bytes: number;
    readonly digest: string;
    readonly truncated: boolean;
  };
  readonly worker: string;
};

/** What one health check saw over the whole deployment; all counts are of samples, all times ISO 8601 UTC. */
export interface HealthSummary
  extends Pick<CheckResult, 'check' | 'kind' | 'verdict' | 'samples' | 'threshold' | 'startedAt' | 'endedAt'> {
  /** What is sampled: a URL, `host:port`, a command. */
  readonly of: string;
  readonly failed: number;
  readonly errors: number;
  /** Absent: none. */
  readonly inconclusive?: number;
  readonly failureLimit: number;
  readonly window: SampleWindow;
  readonly worstWindowFailed: number;
  /** Milliseconds between samples, as planned. */
  readonly intervalMs: number;
  /** Samples that were bad before there was a first good one, where the plan or policy lets that go. */
  readonly badBefore: number;
  /** The sample that began last of those that have ended; null: none has. */
  readonly latest: LatestSample | null;
  /** When the good sample began that began last. */
  readonly lastGoodStartedAt: string | null;
  readonly firstBadAt: string | null;
  readonly lastBadAt: string | null;
  /** Bad answers by the one that gave them: a release, `unnamed`, or `nobody`. */
  readonly badAnswersBy: { readonly [who: string]: number };
  /** The longest time between two good answers that follow each other. */
  readonly maxGapMs: number | null;
  /** Times without samples, because a worker was lost. */
  readonly unwatched: readonly { readonly from: string; readonly to: string }[];
}

/** Why health stops a deployment, as measured; `at` is ISO 8601 UTC. */
export interface MonitoredBreach {
  readonly check: string;
  readonly verdict: 'failed' | 'error' | 'inconclusive';
  readonly summary: string;
  readonly at: string;
}
