import type { ErrorCode } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import type { Outcome, Phase } from '../base/phases.ts';
import type { Subject } from '../base/subject.ts';
import type { ValidationGroup } from '../base/validation-groups.ts';
import type { ActionOutcome, SampleWindow, Verdict } from '../kinds/adapter.ts';
import type { LatestSample } from '../kinds/latest-sample.ts';
import type { StakeholderEvent } from '../kinds/notification.ts';
import type { Via } from '../messages/messages.ts';
import type { KeyReading, ReadingMoment } from '../plan/configuration.ts';
import type { Change } from '../plan/plan.ts';
import type { Bindings, LiveRelease } from '../plan/references.ts';
import type { DocumentTrouble } from './document-troubles.ts';
import type { GateProof } from './gate-proof.ts';

/** Who did something, by which way, and whether the API vouched for it. */
export interface Actor extends Subject {
  readonly via: Via;
  readonly identity: 'verified' | 'asserted';
  /** When the store last vouched for their key, where it said nothing as they spoke; absent: just then. */
  readonly verifiedAt?: string;
}

/** How trying again came out. */
export interface DeliveryResult {
  /** Where it was sent last. */
  readonly how: string;
  readonly delivered: boolean;
  /** Of the last attempt. */
  readonly summary: string;
  /** After the first one. */
  readonly attempts: number;
  /** When the last attempt was made, ISO 8601. */
  readonly lastAt: string;
}

/** Who has seen a page and looks after it. */
export interface PageAcknowledgement {
  /** A name, or who holds the link: `whoever held the link sent to On call (email to …)`. */
  readonly who: string;
  /** Null: by link, which names nobody. */
  readonly subject: string | null;
  readonly via: Via | 'link';
  readonly identity: Actor['identity'];
  /** ISO 8601. */
  readonly at: string;
}

/** How a delivery ended that was tried again. */
export interface DeliveryEnd extends DeliveryResult {
  readonly delivery: string;
  readonly event: StakeholderEvent;
  readonly stakeholder: string;
  readonly channel: string;
}

/** What the deployment waits for. `then`: what happens when `until` comes first. */
export interface Wait {
  readonly kind:
    | 'notification'
    | 'readiness'
    | 'approval'
    | 'window'
    | 'target'
    | 'hold'
    | 'gate'
    | 'manual'
    | 'pause'
    | 'monitoring'
    | 'handoff';
  readonly until: string | null;
  readonly then: 'expires' | 'rejects' | 'rolls back' | 'goes on' | 'pages';
  readonly step?: string;
  readonly role?: string;
  readonly reason?: string;
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

export interface CheckResult {
  readonly check: string;
  readonly kind: string;
  readonly verdict: Verdict;
  /** What was asked for: `status 200`. */
  readonly threshold: string;
  /** What was seen: `200 in 6 ms`. */
  readonly summary: string;
  readonly samples: number;
  readonly observed: JsonObject;
  readonly startedAt: string;
  readonly endedAt: string;
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
export interface HealthSummary {
  readonly check: string;
  readonly kind: string;
  /** What is sampled: a URL, `host:port`, a command. */
  readonly of: string;
  readonly verdict: Verdict;
  readonly samples: number;
  readonly failed: number;
  readonly errors: number;
  /** Samples that did not tell enough; absent: none. */
  readonly inconclusive?: number;
  readonly failureLimit: number;
  /** Its threshold in words. */
  readonly threshold: string;
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
  readonly startedAt: string;
  readonly endedAt: string;
  readonly firstBadAt: string | null;
  readonly lastBadAt: string | null;
  /** Bad answers by who gave them: a release, `unnamed`, or `nobody`. */
  readonly badAnswersBy: { readonly [who: string]: number };
  /** The longest time between two good answers that follow each other. */
  readonly maxGapMs: number | null;
  /** Times when nobody sampled, because a worker was lost. */
  readonly unwatched: readonly { readonly from: string; readonly to: string }[];
}

/** Why health does not let a deployment go on, as measured; `at` is ISO 8601 UTC. */
export interface MonitoredBreach {
  readonly check: string;
  readonly verdict: 'failed' | 'error' | 'inconclusive';
  readonly summary: string;
  readonly at: string;
}

interface Entries {
  requested: {
    readonly deployment: string;
    readonly workflowId: string;
    readonly number: number;
    readonly service: string;
    readonly environment: string;
    readonly release: string;
    readonly artifactDigest: string;
    readonly requester: Subject;
    readonly change: Change;
  };
  'plan-frozen': {
    readonly planDigest: string;
    readonly procedure: string;
    readonly procedureDigest: string;
    readonly policyDigest: string;
    readonly steps: number;
    readonly maxDurationMs: number;
  };
  'phase-entered': { readonly phase: Phase };
  'gate-evaluated': {
    /** Its name in `src/domain/gates`. */
    readonly gate: string;
    /** When it was evaluated: at first, or again when the lock was granted. */
    readonly moment: 'verifying' | 'approval' | 'window' | 'grant';
    readonly required: string;
    readonly found: string;
    /** `waived`: not passed, and let go for an emergency by the plan's own policy. */
    readonly verdict: 'passed' | 'failed' | 'waived' | 'not-required';
    readonly url?: string;
    readonly digest?: string;
    readonly fault?: string;
    readonly proof?: GateProof;
  };
  /** The policy was found to be another one than the plan's: places in the plan's `policy` that would differ now. */
  'policy-changed': { readonly digest: string; readonly changed: readonly string[]; readonly count: number };
  'waiting-started': { readonly wait: Wait };
  'waiting-ended': { readonly kind: Wait['kind'] };
  'message-refused': {
    readonly message: string;
    readonly by: string;
    readonly via: Via;
    readonly code: ErrorCode;
    readonly detail: string;
    /** Of what the API refused, which a deployment hears of as it ends: how often that was, from when until when (ISO 8601). */
    readonly counted?: { readonly times: number; readonly firstAt: string; readonly lastAt: string };
  };
  /** Somebody past the API tried what policy does not take from there. */
  'security-alert': { readonly code: ErrorCode; readonly what: string; readonly by: string; readonly via: Via | null };
  'approval-granted': {
    readonly by: Actor;
    readonly gate: string;
    readonly role: string;
    readonly planDigest: string;
    readonly expiresAt: string | null;
    readonly statement?: string;
  };
  'approval-withdrawn': { readonly by: Actor; readonly gate: string; readonly reason?: string };
  'approval-lapsed': { readonly subject: string; readonly gate: string; readonly why: string };
  rejected: { readonly by: Actor; readonly gate: string; readonly reason?: string };
  acknowledged: {
    readonly by: Actor;
    readonly for: 'readiness' | 'handoff' | 'page';
    readonly role: string;
    readonly statement?: string;
  };
  'abort-requested': { readonly by: Actor; readonly reason?: string };
  paused: { readonly by: Actor; readonly reason?: string };
  resumed: { readonly by: Actor; readonly reason?: string };
  'note-added': { readonly by: Actor; readonly severity: 'minor' | 'major'; readonly statement: string };
  'lock-requested': { readonly until: string };
  'lock-granted': { readonly fence: number; readonly bindings: Bindings };
  'lock-released': { readonly why: string };
  'step-started': { readonly step: string; readonly attempt: number; readonly resolved?: JsonObject };
  'action-completed': { readonly step: string; readonly attempt: number; readonly outcome: JournaledOutcome };
  /** The attempt's answer never came: the worker was lost or its time ran out. */
  'attempt-lost': { readonly step: string; readonly attempt: number; readonly why: string };
  /** Provably nothing happened: refused by the guard, stopped before a worker had it, or never taken by one. */
  'attempt-not-begun': { readonly step: string; readonly attempt: number; readonly why: string };
  'read-back': {
    readonly step: string;
    readonly attempt: number;
    readonly verdict: 'done' | 'not-done' | 'unknown';
    readonly summary: string;
  };
  'check-completed': CheckResult & {
    readonly for: 'verify' | 'validation' | 'rollback' | 'grant';
    readonly step?: string;
    readonly group?: ValidationGroup;
  };
  'step-completed': {
    readonly step: string;
    readonly result: 'passed' | 'failed';
    readonly summary: string;
    readonly by?: Actor;
  };
  /** Comes with the first samples: what each check said before the first change. */
  'health-started': {
    readonly checks: readonly string[];
    readonly baseline: readonly { readonly check: string; readonly verdict: Verdict; readonly summary: string }[];
  };
  'health-breached': {
    readonly check: string;
    readonly verdict: Verdict;
    readonly summary: string;
    readonly measuredAt: string;
    readonly step: string | null;
  };
  'health-observed': { readonly summaries: readonly HealthSummary[]; readonly worker: string };
  'rollback-started': { readonly cause: StopCause };
  'compensation-started': { readonly step: string; readonly attempt: number; readonly resolved?: JsonObject };
  'compensation-completed': {
    readonly step: string;
    /** `done`: undone. `skipped`: read back as not done. `nothing`: the plan says there is nothing to undo. */
    readonly result: 'done' | 'skipped' | 'nothing' | 'failed';
    readonly readBack: string;
    readonly summary: string;
    readonly startedAt: string;
    readonly endedAt: string;
  };
  'rollback-completed': {
    /**
     * `as-before`: what does not pass did not before the first change either, which was waived. `accepted`: a person says
     * what serves, whatever the checks do.
     */
    readonly result: 'verified' | 'as-before' | 'accepted' | 'failed' | 'frozen';
    readonly summary: string;
    readonly notRun: readonly string[];
  };
  deviation: {
    readonly code: string;
    readonly severity: 'minor' | 'major';
    readonly what: string;
    readonly decidedBy: string;
    readonly authority: string;
    readonly step?: string;
  };
  notified: {
    readonly event: StakeholderEvent;
    readonly stakeholder: string;
    /** The kind of notifier. */
    readonly channel: string;
    /** Where it was sent; its kind alone where nobody got that far. */
    readonly how: string;
    readonly delivered: boolean;
    readonly summary: string;
    /** Its id, where it goes on being tried: `delivery-ended` says how that ended. */
    readonly delivery?: string;
    /** Of which page, and in which of its rounds. */
    readonly page?: string;
    readonly round?: number;
  };
  /** People were paged, and somebody is to acknowledge it until then, or the next way is told. */
  'page-opened': { readonly page: string; readonly until: string };
  /** Somebody has acknowledged a page, or nobody was left who could be told. May come after `ended`. */
  'page-ended': {
    readonly page: string;
    /** How many rounds were told. */
    readonly rounds: number;
    /** Null: nobody has. */
    readonly acknowledgement: PageAcknowledgement | null;
  };
  /** Declared keys of one source as they were read, some of them. */
  'configuration-read': {
    readonly moment: ReadingMoment;
    readonly source: string;
    readonly readings: readonly KeyReading[];
  };
  /** Documents of one repository tell what serves. Revisions are of its branch. May come after `ended`. */
  'document-written': {
    readonly repository: string;
    readonly path: string;
    readonly block: string | null;
    /** `same`: it said so already. `newer`: somebody later had written it, which was left alone: `difference` says who. */
    readonly result: 'written' | 'same' | 'newer';
    readonly before: string;
    readonly after: string;
    readonly difference: string;
  };
  'document-failed': {
    readonly repository: string;
    readonly path: string;
    readonly block: string | null;
    readonly trouble: DocumentTrouble;
    readonly why: string;
  };
  /** It is still being written when the deployment ends: a later entry, behind `ended`, says what became of it. */
  'document-pending': { readonly repository: string; readonly path: string; readonly block: string | null };
  /** Of a delivery that did not arrive at once. May come after `ended`. */
  'delivery-ended': DeliveryEnd & { readonly page?: string };
  /** An emergency that changed something is looked at again by somebody else, at the latest then. */
  'review-opened': { readonly dueAt: string };
  /** Comes after `ended`, once somebody has. */
  'review-closed': { readonly by: Actor; readonly findings: string };
  confirmed: { readonly live: LiveRelease; readonly slot: string | null };
  'record-published': { readonly state: 'draft' | 'final'; readonly path: string; readonly digest: string };
  ended: { readonly outcome: Outcome; readonly cause: StopCause | null };
}

export type EntryType = keyof Entries;

/** What a kind of entry says, without its place in the journal. */
export type EntryOf<Type extends EntryType> = { readonly type: Type } & Entries[Type];
export type EntryBody = { [Type in EntryType]: EntryOf<Type> }[EntryType];

/** Of a list that was too long for its entry: how many members were left out at its end, by JSON pointer. */
export interface LeftOut {
  readonly leftOut?: Readonly<Record<string, number>>;
}
type Place = { readonly v: 1; readonly seq: number; readonly at: string } & LeftOut;

/** One entry: numbered from 1 without gaps; `at` is the workflow's time. */
export type JournalEntry = Place & EntryBody;
export type Entry<Type extends EntryType> = Place & EntryOf<Type>;

/** An entry is at most this many bytes of JSON. */
export const entryLimitBytes = 4096;

/** Picks the entries of one type, in order. */
export function entriesOf<Type extends EntryType>(
  journal: readonly JournalEntry[],
  type: Type,
): readonly Entry<Type>[] {
  return journal.filter((entry): entry is JournalEntry & Entry<Type> => entry.type === type);
}
