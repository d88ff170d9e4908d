import type { ErrorCode } from '../base/error-codes.ts';
import type { JsonObject } from '../base/json.ts';
import type { Outcome, Phase } from '../base/phases.ts';
import type { Subject } from '../base/subject.ts';
import type { ValidationGroup } from '../base/validation-groups.ts';
import type { Verdict } from '../kinds/adapter.ts';
import type { Via } from '../messages/messages.ts';
import type { Bindings } from '../plan/bindings.ts';
import type { KeyReading, ReadingMoment } from '../plan/configuration.ts';
import type { Change } from '../plan/plan.ts';
import type { LiveRelease } from '../plan/references.ts';
import type { DocumentTrouble } from './document-troubles.ts';
import type { GateProof } from './gate-proof.ts';
import type {
  Actor,
  CheckResult,
  DeliveryAttempt,
  DeliveryEnd,
  HealthSummary,
  JournaledOutcome,
  PageAcknowledgement,
  StopCause,
} from './values.ts';
import type { Wait } from './waits.ts';

/** A block of a file in a repository, or a whole file: that of a record. */
export interface DocumentPlace {
  readonly repository: string;
  readonly path: string;
  readonly block: string | null;
}

interface Entries {
  /** A deployment was requested: the first entry. */
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
  /** Its plan was frozen; everything below is held to it. */
  'plan-frozen': {
    readonly planDigest: string;
    readonly procedure: string;
    readonly procedureDigest: string;
    readonly policyDigest: string;
    readonly steps: number;
    readonly maxDurationMs: number;
  };
  /** It came to another phase. */
  'phase-entered': { readonly phase: Phase };
  /** A gate was evaluated, passed or not. */
  'gate-evaluated': {
    /** Its name. */
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
  /** It waits for something. */
  'waiting-started': { readonly wait: Wait };
  /** It does not wait for that any more. */
  'waiting-ended': { readonly kind: Wait['kind'] };
  /** A message was not taken. */
  'message-refused': {
    readonly message: string;
    readonly by: string;
    readonly via: Via;
    readonly code: ErrorCode;
    readonly detail: string;
    /** Of what the API refused, which is journaled at the end: how often, from when until when (ISO 8601). */
    readonly counted?: { readonly times: number; readonly firstAt: string; readonly lastAt: string };
  };
  /** Somebody tried past the API what policy refuses there. */
  'security-alert': { readonly code: ErrorCode; readonly what: string; readonly by: string; readonly via: Via | null };
  /** Somebody approved the start or a gate. */
  'approval-granted': {
    readonly by: Actor;
    readonly gate: string;
    readonly role: string;
    readonly planDigest: string;
    readonly expiresAt: string | null;
    readonly statement?: string;
  };
  /** Somebody took an approval of their own back. */
  'approval-withdrawn': { readonly by: Actor; readonly gate: string; readonly reason?: string };
  /** An approval does not count any more: it expired, or the person or role is gone. */
  'approval-lapsed': { readonly subject: string; readonly gate: string; readonly why: string };
  /** Somebody rejected it: it ends. */
  rejected: { readonly by: Actor; readonly gate: string; readonly reason?: string };
  /** Somebody acknowledged readiness, the handoff or a page. */
  acknowledged: {
    readonly by: Actor;
    readonly for: 'readiness' | 'handoff' | 'page';
    readonly role: string;
    readonly statement?: string;
  };
  /** Somebody stopped it. */
  'abort-requested': { readonly by: Actor; readonly reason?: string };
  /** Somebody paused it: it stops before the next step or phase. */
  paused: { readonly by: Actor; readonly reason?: string };
  /** It goes on. */
  resumed: { readonly by: Actor; readonly reason?: string };
  /** Somebody added a note. */
  'note-added': { readonly by: Actor; readonly severity: 'minor' | 'major'; readonly statement: string };
  /** It asked for the target. */
  'lock-requested': { readonly until: string };
  /** It has the target, and knows what serves. */
  'lock-granted': { readonly fence: number; readonly bindings: Bindings };
  /** It gave the target back. */
  'lock-released': { readonly why: string };
  /** An attempt at a step begins; the first of an action is the first change. */
  'step-started': { readonly step: string; readonly attempt: number; readonly resolved?: JsonObject };
  /** An attempt has answered. */
  'action-completed': { readonly step: string; readonly attempt: number; readonly outcome: JournaledOutcome };
  /** The attempt never answered: the worker was lost or its time ran out. */
  'attempt-lost': { readonly step: string; readonly attempt: number; readonly why: string };
  /** Provably nothing happened: refused by the guard, stopped before a worker had it, or never taken by one. */
  'attempt-not-begun': { readonly step: string; readonly attempt: number; readonly why: string };
  /** The effect of an attempt was read back. */
  'read-back': {
    readonly step: string;
    readonly attempt: number;
    readonly verdict: 'done' | 'not-done' | 'unknown';
    readonly summary: string;
  };
  /** A check has come to its verdict. */
  'check-completed': CheckResult & {
    readonly for: 'verify' | 'validation' | 'rollback' | 'grant';
    readonly step?: string;
    readonly group?: ValidationGroup;
  };
  /** A step is over. */
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
  /** A health check stops the deployment. */
  'health-breached': {
    readonly check: string;
    readonly verdict: Verdict;
    readonly summary: string;
    readonly measuredAt: string;
    readonly step: string | null;
  };
  /** What the health checks saw, once they are over. */
  'health-observed': { readonly summaries: readonly HealthSummary[]; readonly worker: string };
  /** What was changed is being undone, the last step first. */
  'rollback-started': { readonly cause: StopCause };
  /** An attempt to undo a step begins. */
  'compensation-started': { readonly step: string; readonly attempt: number; readonly resolved?: JsonObject };
  /** A step is undone, or is not. */
  'compensation-completed': {
    readonly step: string;
    /** `done`: undone. `skipped`: read back as not done. `nothing`: the plan says there is nothing to undo. */
    readonly result: 'done' | 'skipped' | 'nothing' | 'failed';
    readonly readBack: string;
    readonly summary: string;
    readonly startedAt: string;
    readonly endedAt: string;
  };
  /** The rollback is over. */
  'rollback-completed': {
    /**
     * `as-before`: what does not pass did not before the first change either, which was waived. `accepted`: a person says
     * what serves, whatever the checks do.
     */
    readonly result: 'verified' | 'as-before' | 'accepted' | 'failed' | 'frozen';
    readonly summary: string;
    readonly notRun: readonly string[];
  };
  /** Something was not as planned. */
  deviation: {
    readonly code: string;
    readonly severity: 'minor' | 'major';
    readonly what: string;
    readonly decidedBy: string;
    readonly authority: string;
    readonly step?: string;
  };
  /** The first attempt. */
  notified: DeliveryAttempt & {
    /** Its id, where it goes on being tried: `delivery-ended` says how that ended. */
    readonly delivery?: string;
    /** Of which page, and in which of its rounds. */
    readonly page?: string;
    readonly round?: number;
  };
  /** People were paged. If nobody acknowledges it until then, it goes through the next channels. */
  'page-opened': { readonly page: string; readonly until: string };
  /** A page was acknowledged, or no channel was left. May come after `ended`. */
  'page-ended': {
    readonly page: string;
    readonly rounds: number;
    /** Null: there is none. */
    readonly acknowledgement: PageAcknowledgement | null;
  };
  /** Declared keys of one source as they were read, some of them. */
  'configuration-read': {
    readonly moment: ReadingMoment;
    readonly source: string;
    readonly readings: readonly KeyReading[];
  };
  /** A document of a repository says what serves. Revisions are of its branch. May come after `ended`. */
  'document-written': DocumentPlace & {
    /** `same`: it said so already. `newer`: a later deployment had written it, so it was left alone; `difference` says which. */
    readonly result: 'written' | 'same' | 'newer';
    readonly before: string;
    readonly after: string;
    readonly difference: string;
  };
  /** A document could not be written. */
  'document-failed': DocumentPlace & { readonly trouble: DocumentTrouble; readonly why: string };
  /** It is still being written when the deployment ends: a later entry, behind `ended`, says what became of it. */
  'document-pending': DocumentPlace;
  /** Of a delivery that did not arrive at once. May come after `ended`. */
  'delivery-ended': DeliveryEnd & { readonly page?: string };
  /** Another person is to review an emergency that changed something, at the latest then. */
  'review-opened': { readonly dueAt: string };
  /** Comes after `ended`. */
  'review-closed': { readonly by: Actor; readonly findings: string };
  /** The release is confirmed: it is what the target serves. */
  confirmed: { readonly live: LiveRelease; readonly slot: string | null };
  /** The record was published. */
  'record-published': { readonly state: 'draft' | 'final'; readonly path: string; readonly digest: string };
  /** The deployment has ended: the last entry that the record covers. */
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

/** Picks the entries of one type, in order. */
export function entriesOf<Type extends EntryType>(
  journal: readonly JournalEntry[],
  type: Type,
): readonly Entry<Type>[] {
  return journal.filter((entry): entry is JournalEntry & Entry<Type> => entry.type === type);
}
