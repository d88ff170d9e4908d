import type { Approval, DeploymentState } from '../deployment/state.ts';
import type { StageFault, StageFinding } from '../evidence/evidence.ts';
import type { WatchReport } from '../health/watched.ts';
import type { Tried } from '../journal/deliveries.ts';
import type { EntryOf } from '../journal/entries.ts';
import type { CheckResult, MonitoredBreach } from '../journal/values.ts';
import type { Bindings } from '../plan/bindings.ts';
import type { Plan } from '../plan/plan.ts';
import type { LiveRelease } from '../plan/references.ts';
import type { StandingFault } from '../plan/standing-approval-still-stands.ts';
import type { Rule } from '../policy/quorum.ts';
import type { Waivable } from '../policy/waivable.ts';
import type { WindowFinding } from '../policy/windows-schema.ts';
import type { RehearsalFinding } from '../rehearsal/counts-as-proof.ts';
import type { OverdueReview } from '../target/reviews.ts';

/** One gate, in one file: what it asks for, how it is evaluated, and how a preview shows it. */
export interface Gate {
  readonly name: string;
  /** Its heading in a record. */
  readonly title: string;
  /**
   * Why nothing asks for it in this plan; null: it must pass before anything is changed. Journal, preview and record say
   * so by these words. `known`: what is known beside the plan.
   */
  readonly absence: (plan: Plan, known?: Known) => string | null;
  /** How it is evaluated at each moment that it has; at the first one an absence is journaled. Null: not this time. */
  readonly evaluate: { readonly [At in Moment]?: (plan: Plan, found: Found[At]) => Evaluated | null };
  /** As far as it can be told before anything is requested; asked only where there is no absence. */
  readonly preview: (plan: Plan, facts: PreviewFacts) => Omit<PreviewedGate, 'gate'>;
  /** What an emergency waives where this gate does not pass; null: nothing does. */
  readonly waivedBy: Waivable | null;
}

/** A gate with its name as its own type. */
export const gate = <const Own extends Gate>(own: Own): Own => own;

/** How a gate was evaluated: what is journaled of it, and, where it did not pass, why. */
export interface Evaluated extends Omit<EntryOf<'gate-evaluated'>, 'type' | 'gate' | 'moment'> {
  /** What ends the deployment, in words; absent: it may go on. */
  readonly why?: string | null;
}

/** What may make a gate count that no plan asks for. */
export interface Known {
  readonly window?: KnownWindow;
  /** Samples before the first change, or the health check that has failed already. */
  readonly health?: WatchReport | MonitoredBreach;
}

/** A finding, and whether the window was found closed before. */
export type KnownWindow = WindowFinding & { readonly wasHeld?: boolean };

/** What is found at each moment at which gates are evaluated. */
export interface Found {
  /** What a machine can tell of a request. */
  readonly request: Known &
    Proven & {
      readonly observed: { readonly results: readonly CheckResult[] };
      readonly deliveries: readonly Tried[];
      readonly bindings: Bindings;
    };
  readonly readiness: Known & {
    readonly acknowledged: DeploymentState['acknowledged'];
    /** Roles that have not acknowledged in time. */
    readonly missing: readonly string[];
  };
  readonly approval: Known & { readonly approvals: readonly Approval[]; readonly isInTime: boolean };
  readonly window: Known & { readonly window: KnownWindow };
  /** What the target serves, as the lock comes. */
  readonly lock: Known & Served;
  /** Under the lock, before anything is changed. */
  readonly grant: Required<Known> &
    Proven & {
      readonly standing: StandingFault | null;
      /** Rollback checks as they were measured. */
      readonly rollback: readonly CheckResult[];
    };
  /** A health check fails between the grant and the first change. */
  readonly breach: Known & { readonly health: MonitoredBreach };
}

export type Moment = keyof Found;

interface Proven {
  readonly stages: readonly StageResult[];
  readonly rehearsal: RehearsalFinding;
}

/** A stage as it was evaluated, with what names its evidence. */
export type StageResult = Omit<StageFinding, 'evidence'> & {
  readonly digest: string | null;
  readonly url: string | null;
};

export function stageResult({ evidence, ...finding }: StageFinding): StageResult {
  return { ...finding, digest: evidence?.digest ?? null, url: evidence?.url ?? null };
}

export interface Served {
  readonly live: LiveRelease | null;
  readonly slot: string | null;
}

/** Somebody who could give what a gate still lacks. */
export interface CouldGive {
  /** Of a signer the id of its key. */
  readonly subject: string;
  readonly name: string;
  /** The role it would count for, `signer`, or what a person or robot may do. */
  readonly role: string;
}

/** A gate as far as it can be told before anything is requested. */
export interface PreviewedGate {
  /** A step that waits for people goes by its id. */
  readonly gate: string;
  /**
   * `blocked`: a request made now would end here. `waiting`: people have yet to speak, or only the deployment itself
   * can evaluate it. `waived`: it does not pass, and need not in this emergency. `not-required`: nothing asks for it, which
   * is not the same as passed.
   */
  readonly state: 'passed' | 'waived' | 'waiting' | 'blocked' | 'not-required';
  readonly required: string;
  readonly found?: string;
  /** Who has yet to speak, by role. */
  readonly missing?: readonly Rule[];
  /** Who could give it, each for one of the roles: holders who neither requested nor wrote the change. */
  readonly who?: readonly CouldGive[];
  /** Why evidence does not count, in a word. */
  readonly fault?: StageFault;
  /** Why it is blocked. */
  readonly reason?: string;
  /** When it opens next, ISO 8601 UTC, for a gate that time opens; null: never, as far as can be seen. */
  readonly opens?: string | null;
}

/** What is known beside the plan. */
export interface PreviewFacts {
  readonly stages: readonly StageFinding[];
  readonly rehearsal: RehearsalFinding & {
    /** Signed by a key that is not known here: only a worker that has it can tell whether it is true. */
    readonly isUnverified: boolean;
    /** Who could request one. */
    readonly who: readonly CouldGive[];
  };
  /** Whether it could begin now, and who could lift the freezes that hold. */
  readonly window: WindowFinding & { readonly who: readonly CouldGive[] };
  /** What keeps it away until somebody has closed it; null: nothing does. */
  readonly review: OverdueReview | null;
  /** What the target serves. */
  readonly served: Served;
}

/** What is missing counts as not passed. */
export const notEvaluated = { verdict: 'failed', required: 'passed', found: 'not evaluated', fault: null } as const;

/** Why something did not pass, in a word: what is unclear counts as not passed, too. */
export const faultWord = (fault: string | null): string => fault ?? 'unclear';

/** A finding with what there is to say of it, and without what there is not. */
export function evaluated(
  { required, found, verdict, digest, url, fault, proof }: Said,
  why: string | null = null,
): Evaluated {
  return {
    required,
    found,
    verdict,
    ...(digest ? { digest } : {}),
    ...(url ? { url } : {}),
    ...(fault ? { fault } : {}),
    ...(proof ? { proof } : {}),
    why,
  };
}

type Entry = EntryOf<'gate-evaluated'>;
type Optional = 'digest' | 'url' | 'fault' | 'proof';
type Said = Pick<Entry, 'required' | 'found' | 'verdict'> & { readonly [Key in Optional]?: Entry[Key] | null };
