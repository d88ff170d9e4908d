import type { JsonObject } from '../base/json.ts';
import type { ReadBack } from '../deployment/step-retries.ts';
import type { WatchedHealth, WatchReport } from '../health/watched.ts';
import type { CheckResult, HealthSummary, MonitoredBreach } from '../journal/values.ts';
import type { PlannedCheck } from '../kinds/adapter.ts';
import type { ActionStep } from '../plan/plan.ts';
import type { PolicyChange } from '../policy/policy-difference.ts';
import type { Filled } from '../policy/quorum.ts';
import type { FrozenWindows } from '../policy/windows-schema.ts';
import type { OfRun } from './run-identity.ts';

export interface ObserveInput extends OfRun {
  readonly checks: readonly PlannedCheck[];
  /** The step whose verify checks or read-back these are, and whose seal it is; null where the seal is of the checks themselves. */
  readonly step: ActionStep | null;
  /** One sample each, whatever the checks' own sampling says: to find out whether a check answers. */
  readonly once: boolean;
  /** Those that passed must go on passing for so long, in milliseconds. */
  readonly holdMs?: number;
  /** The one check reads an effect back; "not done" is believed after so long, in milliseconds. */
  readonly settleMs?: number;
  /** Health checks whose monitor reports afterwards; samples in flight are waited for within their limits. Absent: none. */
  readonly watched?: readonly WatchedHealth[];
  /** How long to wait for a store that does not answer, in milliseconds, beside the checks; some seconds when absent. */
  readonly storePatienceMs?: number;
}

export interface ObserveResult {
  readonly results: readonly CheckResult[];
  /** Where an effect was read back. */
  readonly reading?: { readonly readBack: ReadBack; readonly summary: string };
  /** Of the watched health checks; null: there is no monitor. */
  readonly watch: WatchReport | null;
  readonly worker: string;
}

export interface MonitorInput extends OfRun {
  readonly checks: readonly PlannedCheck[];
  /** `evaluate` ends at the first breach; `measure` only counts, for as long as a rollback lasts. */
  readonly mode: 'evaluate' | 'measure';
  /** Counts of the monitor before this one, per check, as the adapter keeps them. */
  readonly carry: JsonObject | null;
  /** `settled`: it ends as soon as each check has been asked once and what is under way has ended. */
  readonly until: 'cancelled' | 'settled';
  /** Whether every check may be bad at the start, as in a first deployment. */
  readonly mayFailAtStart: boolean;
  readonly planDigest: string;
  /** What the deployment knows of policy and window: what differs is reported. Null: nothing is to be reported any more. */
  readonly known: {
    /** Digests. */
    readonly policies: readonly string[];
    /** Who has approved: one who was removed is reported, also under a known policy. */
    readonly approvers: readonly Filled[];
    /** Null once it knows that the window is closed. */
    readonly window: { readonly rules: FrozenWindows | null } | null;
  } | null;
}

/** What has changed around a deployment while it is carried out. */
export interface RuleChanges {
  readonly policy: {
    readonly change: PolicyChange;
    /** The first of the known approvers who was removed. */
    readonly lost: Filled | null;
  } | null;
  /** Why the window is closed now. */
  readonly windowClosed: string | null;
}

export interface MonitorResult {
  readonly breach: MonitoredBreach | null;
  /** Since when it was settling, as asked: what was measured after that is what counts. Null: it ended some other way. */
  readonly settledAt: string | null;
  readonly carry: JsonObject;
  readonly summaries: readonly HealthSummary[];
  /** Ends the watch as well; it goes on in another one. */
  readonly ruleChanges: RuleChanges | null;
  readonly worker: string;
}
