import type { JsonObject, PlannedCheck } from './adapters.ts';
import type { Removed } from './approvals.ts';
import type { ErrorCode } from './errors.ts';
import type { StageFinding } from './evidence/evidence.ts';
import type { CheckResult, HealthSummary, JournalEntry, JournaledOutcome, MonitoredBreach } from './journal.ts';
import type { MessageArgument, Proof } from './messages.ts';
import type { ActionStep, OwedCompensation, Plan, Subject } from './plan.ts';
import type { StakeholderEvent } from './policy/policy.ts';
import type { PolicyChange } from './policy/policy-change.ts';
import type { StandingFault } from './policy/standing.ts';
import type { Bindings, LiveRelease } from './references.ts';
import type { RehearsalFinding } from './rehearsal/judge-rehearsal.ts';
import type { TargetReview } from './reviews.ts';
import type { Adopted } from './target.ts';
import type { PartSeal, Seals } from './trust/seal.ts';
import type { Warrant } from './trust/warrant.ts';
import type { FrozenWindows, WindowVerdict } from './windows/schema.ts';

// What activities offer to workflows. Plain data in, plain data out; each input and output stays below 128 KiB.

/** Who acts and by what right. The guard compares it with what is known right before an effect. */
export interface Lease {
  readonly deployment: string;
  /** `service/environment`. */
  readonly target: string;
  readonly fence: number;
  readonly runId: string;
  readonly firstRunId: string;
  /** Set when this run goes on from another one by continue-as-new; a reset sets no such thing. */
  readonly continuedFrom: string | null;
  /** The API's word for this run; null where it has none, or has not given it. */
  readonly warrant: Warrant | null;
}

/** Where an effect finds its commands, and what they must still be. */
export interface Workplace {
  readonly procedure: string;
  readonly inline: boolean;
  readonly files: Plan['files'];
  /** What slots references may mean. */
  readonly slots: Plan['slots'];
  /** Of all this, with the target that it is sealed for. */
  readonly seal: PartSeal | null;
}

/** The guard refused: nothing has happened. */
export interface Refused {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  readonly detail: string;
}

export interface ActionInput {
  readonly lease: Lease;
  readonly workplace: Workplace;
  readonly step: ActionStep;
  /** Of the step; null in a deployment that was requested without the API's seal. */
  readonly seal: PartSeal | null;
  readonly attempt: number;
  readonly bindings: Bindings;
  /** Whose approval the deployment stands on, with the role it counts for. */
  readonly approvers: readonly { readonly subject: string; readonly role: string }[];
  /** What they said, with the API's word for it, so that a worker need not believe whoever asks. */
  readonly approvals: readonly MessageArgument<'approve'>[];
  /** The plan's. A window that has closed since the first change holds nothing back; it is only told. */
  readonly windows: FrozenWindows | null;
}
export type ActionResult =
  | {
      readonly kind: 'acted';
      readonly outcome: JournaledOutcome;
      /** Why a deployment might not begin now, as judged right before the effect; null: it might. */
      readonly windowClosed: string | null;
    }
  | Refused;

export interface CompensationInput {
  readonly lease: Lease;
  readonly workplace: Workplace;
  readonly owed: OwedCompensation;
  /** Of the compensation. */
  readonly seal: PartSeal | null;
  readonly attempt: number;
  readonly bindings: Bindings;
}
export type CompensationResult =
  | {
      readonly kind: 'done' | 'skipped' | 'failed';
      readonly readBack: string;
      readonly summary: string;
      readonly startedAt: string;
      readonly endedAt: string;
      readonly worker: string;
    }
  | Refused;

export interface ObserveInput {
  readonly lease: Lease;
  readonly workplace: Workplace;
  readonly checks: readonly PlannedCheck[];
  /** Of the checks, or of the step that they belong to. */
  readonly seal: PartSeal | null;
  /** The step whose verify checks or read-back these are; null where the seal is of the checks themselves. */
  readonly step: ActionStep | null;
  readonly bindings: Bindings;
  /** One sample each, whatever the checks' own sampling says: for reading back and for asking whether a check answers. */
  readonly once: boolean;
}
export interface ObserveResult {
  readonly results: readonly CheckResult[];
  readonly worker: string;
}

export interface MonitorInput {
  readonly lease: Lease;
  readonly workplace: Workplace;
  readonly checks: readonly PlannedCheck[];
  /** Of the checks. */
  readonly seal: PartSeal | null;
  readonly bindings: Bindings;
  /** `judge` ends at the first breach; `measure` only counts, for as long as a rollback lasts. */
  readonly mode: 'judge' | 'measure';
  /** Counts of the monitor before this one, per check, as the adapter keeps them. */
  readonly carry: JsonObject | null;
  readonly planDigest: string;
  /** What the deployment has heard of policy and window, so that it hears of what is new; null: of nothing any more. */
  readonly known: {
    /** Digests. */
    readonly policies: readonly string[];
    /** Null once it has heard that the window is closed. */
    readonly window: { readonly rules: FrozenWindows | null } | null;
  } | null;
}
/** What has changed around a deployment while it is carried out. */
export interface News {
  readonly policy: { readonly change: PolicyChange; readonly removed: Removed } | null;
  /** Why the window is closed now. */
  readonly windowClosed: string | null;
}
export interface MonitorResult {
  readonly breach: MonitoredBreach | null;
  readonly carry: JsonObject;
  readonly summaries: readonly HealthSummary[];
  /** Ends the watch as well; it goes on in another one. */
  readonly news: News | null;
  readonly worker: string;
}

/** The lock, as a target grants it: by which fence, and what is live by then. */
export interface Grant {
  readonly fence: number;
  readonly live: LiveRelease | null;
  readonly slot: string | null;
}

/** What a machine can tell, asked for at once: evidence and people, and beside it checks to measure and people to tell. */
export interface JudgeInput {
  readonly lease: Lease;
  readonly plan: Plan;
  readonly planDigest: string;
  readonly seals: Seals | null;
  readonly observe: ObserveInput | null;
  readonly notify: NotifyInput | null;
  /** The grant as the deployment heard of it, in a signal that anybody can send; the target is asked. Null before it. */
  readonly grant: Grant | null;
}
export interface JudgeResult {
  /** Whether the target says the same of the grant; true where there is none yet. */
  readonly isGranted: boolean;
  /** Why the review of an emergency that has become overdue since the request keeps the change away; null: none does. */
  readonly overdue: string | null;
  readonly stages: readonly (Omit<StageFinding, 'evidence'> & {
    readonly digest: string | null;
    readonly url: string | null;
  })[];
  readonly rehearsal: RehearsalFinding;
  /** Subjects of the plan that the worker's policy no longer has (null) or has without these roles. */
  readonly removed: Removed;
  /** The policy as the worker has it, held against what the plan has frozen. */
  readonly policy: PolicyChange;
  /** Why the standing approval of the plan counts no more; null where it does, or where there is none. */
  readonly standing: StandingFault | null;
  readonly observed: ObserveResult;
  readonly deliveries: readonly Delivery[];
  readonly window: WindowFinding;
}

/** Whether a deployment may begin, with what its plan asks for in words. */
export type WindowFinding = WindowVerdict & { readonly required: string };

export interface AwaitWindowInput {
  readonly service: string;
  readonly environment: string;
  readonly windows: FrozenWindows | null;
  /** What is known: the answer comes when it is not so any more. Null: it comes at once. */
  readonly known: WindowFinding | null;
}

export interface NotifyInput {
  readonly deployment: string;
  readonly event: StakeholderEvent;
  readonly stakeholders: Plan['policy']['stakeholders'];
  readonly subject: string;
  readonly text: string;
}
export interface Delivery {
  readonly stakeholder: string;
  readonly how: string;
  readonly delivered: boolean;
  readonly summary: string;
}

export interface PublishInput {
  readonly deployment: string;
  readonly plan: string;
  readonly state: 'draft' | 'final';
  /** The record covers the journal up to here. */
  readonly lastSeq: number;
  /** Who is told once it is published. */
  readonly notify: NotifyInput | null;
  /** Where the journal's own last entry belongs, `record-published`: it is stored together with the record. */
  readonly closing: { readonly seq: number; readonly at: string; readonly row: DeploymentRow } | null;
}
export interface Published {
  readonly path: string;
  readonly digest: string;
  readonly deliveries: readonly Delivery[];
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
  /** The API's word for the person who resolves. */
  readonly proof: Proof | null;
}

export interface SalvageInput {
  readonly workflowId: string;
  readonly why: string;
  /** By when an emergency that was lost is reviewed, ISO 8601; null: it was none. */
  readonly reviewDueAt: string | null;
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

/** A plan with its digest and seals; those of a repair are the seals of the plan whose compensations it owes. */
export interface SealedPlan {
  readonly plan: Plan;
  readonly planDigest: string;
  readonly seals: Seals | null;
}

/** How a deployment that is followed without a child handle has ended. */
export interface FollowedEnd {
  /** `failed`: it needs intervention, and says so itself. `terminated`: lost in any other way. */
  readonly kind: 'completed' | 'failed' | 'terminated';
  readonly result: DeploymentResult | null;
  /** What a failed one says beside. */
  readonly details?: readonly unknown[] | null;
}

/** A deployment as its workflow's history has it, whether or not the workflow or any worker still lives. */
export interface DeploymentHistory {
  readonly id: string;
  readonly plan: Plan;
  readonly planDigest: string;
  readonly seals: Seals | null;
  readonly number: number;
  /** What rode on activities, in order; it may end before the deployment did. */
  readonly journal: readonly JournalEntry[];
}

/** What a deployment workflow answers to its target. */
export interface DeploymentResult {
  readonly outcome: string;
  /** What the target serves from now on; null: what it served before. */
  readonly serves: Served | null;
  /** Whether older requests are overtaken by what serves now; a repair only brings back what they are newer than. */
  readonly overtakes: boolean;
  /** When an emergency that changed something is to be reviewed, ISO 8601. */
  readonly reviewDueAt?: string | null;
}

export interface Served {
  readonly live: LiveRelease;
  readonly slot: string | null;
}

/** The header under which entries travel with activities. */
export const journalHeader = 'gantry-journal';

/** Rides in the header of activities: entries that the store may not have yet. */
export interface JournalCargo {
  readonly deployment: string;
  readonly entries: readonly JournalEntry[];
  /** The deployment's row in the store, as of the last entry. */
  readonly row: DeploymentRow;
}

/** A deployment as lists show it. */
export interface DeploymentRow {
  readonly id: string;
  readonly workflowId: string;
  readonly number: number;
  readonly service: string;
  readonly environment: string;
  readonly release: string;
  readonly artifactDigest: string;
  readonly planDigest: string;
  readonly requester: string;
  readonly requestedAt: string;
  readonly phase: string;
  readonly outcome: string | null;
  readonly endedAt: string | null;
  readonly lastSeq: number;
}

/** The activities, by the name Temporal knows them by. */
export interface Activities {
  judge(input: JudgeInput): Promise<JudgeResult>;
  observe(input: ObserveInput): Promise<ObserveResult>;
  act(input: ActionInput): Promise<ActionResult>;
  compensate(input: CompensationInput): Promise<CompensationResult>;
  monitor(input: MonitorInput): Promise<MonitorResult>;
  /** Waits for as long as the window is closed for the reason that is known. */
  awaitWindow(input: AwaitWindowInput): Promise<WindowFinding>;
  notify(input: NotifyInput): Promise<readonly Delivery[]>;
  publish(input: PublishInput): Promise<Published>;
  /** Does nothing itself: the entries ride on it. */
  storeJournal(): Promise<void>;
  saveTarget(state: TargetState): Promise<void>;
  /** Throws `unproven-message` for what nobody vouches for, where policy asks for that. */
  verifyAdoption(input: AdoptionInput): Promise<void>;
  planRepair(input: PlanRepairInput): Promise<SealedPlan>;
  /**
   * Reads a deployment that was lost from its history, completes its journal with its end, and publishes its record.
   * Answers what it had been confirmed to serve, if it had come so far.
   */
  salvage(input: SalvageInput): Promise<Served | null>;
  /** Writes a review into the journal of an emergency that has ended, and publishes its record again. */
  closeReview(input: CloseReviewInput): Promise<void>;
  followDeployment(input: { readonly workflowId: string; readonly runId: string }): Promise<FollowedEnd>;
}
