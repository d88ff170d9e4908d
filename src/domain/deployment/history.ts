import type { DeploymentRow } from '../journal/batch.ts';
import type { JournalEntry } from '../journal/entries.ts';
import type { SealedPlan } from '../plan/seals.ts';

/** A deployment as its workflow's history has it, whether or not the workflow or any worker still lives. */
export interface DeploymentHistory extends SealedPlan {
  readonly id: string;
  readonly number: number;
  /** What rode on activities, in order; it may end before the deployment did. */
  readonly journal: readonly JournalEntry[];
  /** Whether it has asked for an action; null where its history is gone. */
  readonly hasActed: boolean | null;
  /** Whether nothing of the journal can be missing. */
  readonly isWhole: boolean;
}

/** All that Temporal has of a deployment, ready to be stored. */
export interface WholeDeployment extends DeploymentHistory {
  readonly row: DeploymentRow;
}
