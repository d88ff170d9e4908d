import type { Json, JsonObject } from '../base/json.ts';
import type { Stage } from '../base/stages.ts';
import type { Subject } from '../base/subject.ts';
import type { Artifact } from '../base/text-schemas.ts';
import type { ValidationGroup } from '../base/validation-groups.ts';
import type { PlannedCheck } from '../kinds/adapter.ts';
import type { Emergency } from '../policy/emergency.ts';
import type { Limits } from '../policy/limits.ts';
import type { Person } from '../policy/people-schema.ts';
import type { EnvironmentRules } from '../policy/policy.ts';
import type { Rule } from '../policy/quorum.ts';
import type { Readiness } from '../policy/readiness.ts';
import type { Robot } from '../policy/robots-schema.ts';
import type { NamedSigner } from '../policy/signers-schema.ts';
import type { Standing } from '../policy/standing-approvals.ts';
import type { FrozenWindows } from '../policy/windows-schema.ts';
import type { Bindings } from './bindings.ts';
import type { PlannedConfiguration } from './configuration.ts';
import type { PlannedRepository } from './documents.ts';

/** `spec`: the adapter's own options; references that the lock binds, and secrets, still stand in it. */
export interface PlannedAction extends Pick<PlannedCheck, 'kind' | 'spec' | 'traits'> {
  readonly timeoutMs: number;
}

export type PlannedUndo =
  | { readonly kind: 'action'; readonly action: PlannedAction; readonly attempts: number }
  /** Nothing to undo. */
  | { readonly kind: 'none'; readonly reason: string }
  /** Cannot be undone: a breach or an abort after it freezes in place. */
  | { readonly kind: 'irreversible'; readonly reason: string };

export type Checks =
  | { readonly kind: 'checks'; readonly checks: readonly PlannedCheck[] }
  | { readonly kind: 'none'; readonly reason: string };

interface BaseStep {
  readonly id: string;
  readonly title: string;
}

export interface ActionStep extends BaseStep {
  readonly kind: 'action';
  readonly do: PlannedAction;
  readonly undo: PlannedUndo;
  /** Reads the effect back; null: an answer that is lost rolls back. */
  readonly done: PlannedCheck | null;
  readonly verify: Checks;
  readonly retry: { readonly attempts: number; readonly backoffMs: number; readonly idempotent: boolean };
}

export interface HoldStep extends BaseStep {
  readonly kind: 'hold';
  readonly durationMs: number;
}

export interface GateStep extends BaseStep {
  readonly kind: 'gate';
  readonly role: string;
  readonly minimum: number;
  readonly withinMs: number;
}

export interface ManualStep extends BaseStep {
  readonly kind: 'manual';
  readonly instructions: string;
  readonly role: string;
  readonly withinMs: number;
  readonly undo: PlannedUndo;
}

export type PlannedStep = ActionStep | HoldStep | GateStep | ManualStep;

/** The environment's rules as they stood when the plan was frozen, and the people they speak of. */
export interface FrozenPolicy {
  /** Digest of the whole policy file. */
  readonly digest: string;
  /** With the roles that they have for the plan's service. */
  readonly people: readonly Person[];
  readonly robots: readonly Robot[];
  readonly evidence: {
    readonly maxAgeMs: number;
    /** Only what they signed counts; null: the policy names none, and evidence counts unsigned. */
    readonly signers: readonly NamedSigner[] | null;
    /** Where a signer has an identity of Sigstore: the root by which its certificates are verified, in JSON. */
    readonly trustedRoot?: string;
    /** Stages may overlap; absent: each begins after the one before it has finished. */
    readonly order?: 'any';
  };
  /** How young a verified rollback of the same procedure must be, and where; null: none is asked for. */
  readonly rehearsal: { readonly maxAgeMs: number; readonly environment: string } | null;
  readonly approvals: {
    readonly expireAfterMs: number;
    readonly rules: readonly Rule[];
    readonly exclude: readonly ('requester' | 'authors')[];
  };
  /** Null: the policy names none, so only freezes that people make hold it back. */
  readonly windows: FrozenWindows | null;
  readonly readiness: Readiness | null;
  readonly stakeholders: EnvironmentRules['stakeholders'];
  readonly require: EnvironmentRules['require'];
  /** `key`: the public key (ed25519, hex) whose proofs make a message `verified`; null: none is. */
  readonly messages: { readonly unsigned: 'accept' | 'refuse'; readonly key: string | null };
  /** Absent: commands may run as the worker. */
  readonly commands?: 'isolated';
  readonly operators: readonly string[];
  /** The standing approval that a standard change goes by, and nothing else does. */
  readonly standing: Standing | null;
  /** Only of an emergency: what is waived, and when it is reviewed. */
  readonly emergency: Emergency | null;
  readonly limits: Limits;
  /** How long a page waits to be acknowledged before it goes to the next way, in milliseconds. */
  readonly paging: { readonly acknowledgeWithinMs: number };
}

/** What is changed and why, as whoever requested it says. */
export interface Change {
  readonly summary: string;
  readonly reason: string;
  readonly type: 'standard' | 'normal' | 'emergency';
  readonly risk: 'low' | 'medium' | 'high' | null;
  readonly impact: string | null;
  readonly ticket: string | null;
  readonly authors: readonly string[];
  readonly onBehalfOf: string | null;
  readonly initial: boolean;
}

/**
 * A procedure, a release and a policy, resolved and frozen. Approvals bind to the digest of its canonical JSON, so
 * anything that may change what runs, who may approve it or what must hold belongs in it.
 */
export interface Plan {
  readonly v: 1;
  /** `rehearsal`: once every step has passed it is rolled back on purpose, and nothing goes live. */
  readonly mode: 'deployment' | 'rehearsal';
  readonly service: string;
  readonly environment: string;
  readonly release: string;
  readonly artifact: Artifact;
  readonly requester: Subject;
  readonly change: Change;
  readonly procedure: {
    readonly name: string;
    readonly description: string;
    readonly digest: string;
    readonly inline: boolean;
  };
  readonly parameters: { readonly [name: string]: Json };
  /** What the procedure has for this environment alone, with addresses of its own; absent: it names no environments. */
  readonly env?: JsonObject;
  /** What the procedure's commands run, compared before each start. */
  readonly files: readonly { readonly path: string; readonly digest: string }[];
  readonly slots: readonly { readonly name: string; readonly keys: JsonObject }[];
  readonly steps: readonly PlannedStep[];
  readonly health: readonly PlannedCheck[];
  readonly validation: { readonly [group in ValidationGroup]: Checks };
  readonly rollback: {
    readonly verify: readonly PlannedCheck[];
    /** After an attempt with an unknown end the checks must go on passing for so long, in milliseconds. */
    readonly settleMs: number;
  };
  readonly monitoring: {
    readonly periodMs: number;
    readonly handoff: { readonly role: string; readonly withinMs: number } | null;
  };
  /** Documents that state what serves, in repositories; absent: the procedure names none. */
  readonly documents?: readonly PlannedRepository[];
  /** Which keys are read before and after; absent: the procedure names none. */
  readonly configuration?: PlannedConfiguration;
  readonly policy: FrozenPolicy;
  /** The newest statement of each stage when the plan was frozen. */
  readonly evidence: { readonly [stage in Stage]: string | null };
  /** Maximum time of the deployment from request to end, in milliseconds. */
  readonly maxDurationMs: number;
  /** Only in a repair: the outstanding compensations of an earlier deployment, in the order they run. */
  readonly repair: Repair | null;
}

export interface Repair {
  readonly of: string;
  readonly decision: 'compensate' | 'accept';
  readonly reason: string;
  readonly outstanding: readonly OutstandingCompensation[];
  /** Steps of the earlier deployment whose last attempts have an unknown end. */
  readonly unsure: readonly string[];
  /** What serves once the repair has ended, as read from the earlier deployment or as a person states. */
  readonly live: Bindings['live'];
  readonly slot: string | null;
  /** References of the earlier deployment: its compensations mean its slots and its live release. */
  readonly bindings: Bindings;
  /** Rollback checks that were bad before the earlier deployment began, and were waived for it. */
  readonly badBefore: readonly string[];
}

export interface OutstandingCompensation {
  readonly step: string;
  readonly title: string;
  readonly undo: PlannedUndo;
  readonly done: PlannedCheck | null;
  /** How long "not done" must hold until it is believed after an attempt with an unknown end, in milliseconds. */
  readonly settleMs: number;
}

/** The checks themselves; none where a reason stands in their place. */
export function checksOf(checks: Checks): readonly PlannedCheck[] {
  return checks.kind === 'checks' ? checks.checks : [];
}

/** The step of a plan, by id. */
export function stepOf(plan: Plan, id: string): PlannedStep | undefined {
  return plan.steps.find((step) => step.id === id);
}

/** Whether a step changes something that an undo takes back. */
export function isActing(step: PlannedStep | undefined): step is ActionStep | ManualStep {
  return step?.kind === 'action' || step?.kind === 'manual';
}
