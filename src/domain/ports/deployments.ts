import type { JournalEntry } from '../journal.ts';
import type { Plan } from '../plan.ts';
import type { LiveRelease } from '../references.ts';
import type { Seals } from '../trust/seal.ts';
import type { DeploymentRow } from './publishing.ts';

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
  /** Whether it has asked for an action; null where its history is gone. */
  readonly hasActed: boolean | null;
  /** Whether nothing of the journal can be missing. */
  readonly isWhole: boolean;
}

/** All that Temporal tells of a deployment, ready to be kept. */
export interface WholeDeployment extends DeploymentHistory {
  readonly row: DeploymentRow;
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
  /** Ids of deliveries that go on being tried after it. */
  readonly openDeliveries?: readonly string[];
}

export interface Served {
  readonly live: LiveRelease;
  readonly slot: string | null;
}
