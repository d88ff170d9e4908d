import type { TargetName } from '../base/ids.ts';
import type { Removed } from '../deployment/removed-approvers.ts';
import type { StageResult } from '../gates/gate.ts';
import type { WatchedHealth, WatchReport } from '../health/watched.ts';
import type { Delivery, NotifyInput } from '../kinds/notification.ts';
import type { SealedPlan } from '../plan/seals.ts';
import type { StandingFault } from '../plan/standing-approval-still-stands.ts';
import type { PolicyChange } from '../policy/policy-difference.ts';
import type { FrozenWindows, WindowFinding } from '../policy/windows-schema.ts';
import type { RehearsalFinding } from '../rehearsal/counts-as-proof.ts';
import type { Grant } from '../target/result.ts';
import type { ObserveInput, ObserveResult } from './observation.ts';
import type { RunIdentity } from './run-identity.ts';

/** A grant as a repair received it, to be confirmed by its target before anything acts under it. */
export interface ConfirmGrantInput extends TargetName {
  readonly deployment: string;
  readonly grant: Grant;
}

/** What is evaluated without people: evidence and policy, and beside it checks to measure and people to notify. */
export interface EvaluateGatesInput extends SealedPlan {
  readonly runIdentity: RunIdentity;
  readonly observe: ObserveInput | null;
  /** Health checks whose monitor must have its first samples; none when absent. */
  readonly watched?: readonly WatchedHealth[];
  readonly notify: NotifyInput | null;
  /** Who is asked to approve as soon as all that is evaluated at the request has passed; null: nobody. */
  readonly ask: NotifyInput | null;
  /** The grant as the deployment received it, in a signal that anybody can send: the target confirms it. Null before it. */
  readonly grant: Grant | null;
}

export interface GateFindings {
  /** Whether the target confirms the grant; true where there is none yet. */
  readonly isGranted: boolean;
  /** Why a review that has become overdue since the request blocks the change; null: none does. */
  readonly overdue: string | null;
  readonly stages: readonly StageResult[];
  readonly rehearsal: RehearsalFinding;
  /** Subjects of the plan that the worker's policy no longer has (null) or has without these roles. */
  readonly removed: Removed;
  /** The policy as the worker has it, held against what the plan has frozen. */
  readonly policy: PolicyChange;
  /** Why the standing approval of the plan does not count any more; null where it does, or where there is none. */
  readonly standing: StandingFault | null;
  readonly observed: ObserveResult;
  /** What the monitor has measured of the watched health checks; null: there is no monitor. */
  readonly watch: WatchReport | null;
  readonly deliveries: readonly Delivery[];
  /** Of asking for approval; null where nobody was asked. */
  readonly asked: readonly Delivery[] | null;
  readonly window: WindowFinding;
}

export interface AwaitWindowInput extends TargetName {
  readonly windows: FrozenWindows | null;
  /** The known finding: the answer comes when it is another one. Null: it comes at once. */
  readonly known: WindowFinding | null;
}
