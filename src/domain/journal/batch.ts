import type { Entry, JournalEntry } from './entries.ts';

/** The header under which entries travel with activities. */
export const journalHeader = 'gantry-journal';

/** Rides in the header of activities: entries that the store may not have yet. */
export interface JournalBatch {
  readonly deployment: string;
  readonly entries: readonly JournalEntry[];
  /** The deployment's row in the store, as of the last entry. */
  readonly row: DeploymentRow;
  /** The run that began the deployment: another one was made by a reset, and what it says is not the deployment's journal. */
  readonly firstRunId?: string;
}

/** A deployment as lists show it. */
export interface DeploymentRow
  extends Pick<Entry<'requested'>, 'workflowId' | 'number' | 'service' | 'environment' | 'release' | 'artifactDigest'> {
  readonly id: string;
  readonly planDigest: string;
  readonly requester: string;
  readonly requestedAt: string;
  readonly phase: string;
  readonly outcome: string | null;
  readonly endedAt: string | null;
  readonly lastSeq: number;
}
