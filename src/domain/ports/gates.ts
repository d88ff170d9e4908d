import type { Removed } from '../deployment/approvals.ts';
import type { StageResult } from '../gates/gate.ts';
import type { WatchedHealth, WatchReport } from '../health/watched.ts';
import type { Delivery, NotifyInput } from '../kinds/notification.ts';
import type { Plan } from '../plan/plan.ts';
import type { StandingFault } from '../plan/standing.ts';
import type { PolicyChange } from '../policy/change.ts';
import type { FrozenWindows, WindowFinding } from '../policy/windows.ts';
import type { RehearsalFinding } from '../rehearsal/evaluate.ts';
import type { Grant } from '../target/result.ts';
import type { Seals } from '../trust/seal.ts';
import type { ObserveInput, ObserveResult } from './observation.ts';
import type { RunIdentity } from './run-identity.ts';

/** A grant as a repair heard of it, to be confirmed by its target before anything acts under it. */
export interface ConfirmGrantInput {
  readonly deployment: string;
  readonly service: string;
  readonly environment: string;
  readonly grant: Grant;
}

/** What a machine can tell, asked for at once: evidence and people, and beside it checks to measure and people to tell. */
export interface EvaluateGatesInput {
  readonly runIdentity: RunIdentity;
  readonly plan: Plan;
  readonly planDigest: string;
  readonly seals: Seals | null;
  readonly observe: ObserveInput | null;
  /** Health checks whose monitor must have its first samples; none when absent. */
  readonly watched?: readonly WatchedHealth[];
  readonly notify: NotifyInput | null;
  /** Who is asked to approve as soon as nothing of what is evaluated at the request stands against it; null: nobody. */
  readonly ask: NotifyInput | null;
  /** The grant as the deployment heard of it, in a signal that anybody can send; the target is asked. Null before it. */
  readonly grant: Grant | null;
}
export interface GateFindings {
  /** Whether the target says the same of the grant; true where there is none yet. */
  readonly isGranted: boolean;
  /** Why the review of an emergency that has become overdue since the request keeps the change away; null: none does. */
  readonly overdue: string | null;
  readonly stages: readonly StageResult[];
  readonly rehearsal: RehearsalFinding;
  /** Subjects of the plan that the worker's policy no longer has (null) or has without these roles. */
  readonly removed: Removed;
  /** The policy as the worker has it, held against what the plan has frozen. */
  readonly policy: PolicyChange;
  /** Why the standing approval of the plan counts no more; null where it does, or where there is none. */
  readonly standing: StandingFault | null;
  readonly observed: ObserveResult;
  /** What the monitor has seen of the health checks that were asked for; null: nobody watches. */
  readonly watch: WatchReport | null;
  readonly deliveries: readonly Delivery[];
  /** Of asking for approval; null where nobody was asked. */
  readonly asked: readonly Delivery[] | null;
  readonly window: WindowFinding;
}

export interface AwaitWindowInput {
  readonly service: string;
  readonly environment: string;
  readonly windows: FrozenWindows | null;
  /** What is known: the answer comes when it is not so any more. Null: it comes at once. */
  readonly known: WindowFinding | null;
}
