import type { JsonObject } from '../base/json.ts';
import type { DeploymentHistory, WholeDeployment } from '../deployment/history.ts';
import type { JournalBatch } from '../journal/batch.ts';
import type { JournalEntry } from '../journal/entries.ts';
import type { PageEntry } from '../journal/paging.ts';
import type { Sightings } from '../supervision/sightings.ts';
import type { TargetView } from '../target/view.ts';
import type { FollowedEnd } from './deployments.ts';

// What is asked of Temporal itself: no workflow answers for another one.

/** A workflow's newest run, as Temporal itself has it. */
export interface Run {
  readonly runId: string;
  readonly firstRunId: string;
  readonly type: string;
  /** The id of the workflow that started it as its child; null: a client has. */
  readonly parent: string | null;
  /** Whatever was sent to it as a warrant. */
  readonly warrants: readonly unknown[];
  readonly isRunning: boolean;
}

/** A run of a workflow, as it asks something of a worker. */
export interface Asking {
  readonly workflowId: string;
  readonly runId: string;
}

/** Work that a workflow has left to one of its own, as Temporal itself has it. */
interface LeftWork {
  readonly isRunning: boolean;
  /** The id of the workflow that started it as its child; null: a client has. */
  readonly parent: string | null;
  /** Its last result, whatever that may be. Null while it runs, and where it is of another type or did not end by itself. */
  readonly end: unknown;
  /** `completed`, `terminated` and the like, and when (ISO 8601); null while it runs. */
  readonly ended: { readonly how: string; readonly at: string } | null;
}

interface PageRun {
  /** The workflow that started it. */
  readonly parent: string | null;
  readonly story: readonly PageEntry[];
}

/** What activities read of Temporal's own histories. */
export interface Histories {
  /** Null when Temporal does not know the workflow (any more). */
  run(workflowId: string): Promise<Run | null>;
  /** Numbers of deployments of a target that run as Temporal's index has them, which may be behind. */
  runningNumbers(service: string, environment: string): Promise<readonly number[]>;
  /** Null when Temporal does not know the workflow (any more). */
  read(workflowId: string): Promise<DeploymentHistory | null>;
  /** The journal as the workflow itself answers it, running or closed; null when no worker can answer, or not with this code any more. */
  told(workflowId: string): Promise<readonly JournalEntry[] | null>;
  /** Whether it runs now, in whatever run: one that was reset does, too. */
  isRunning(workflowId: string): Promise<boolean>;
  /** Who started a workflow of this type, and how it ended; null when Temporal does not know it. */
  left(workflowId: string, type: string): Promise<LeftWork | null>;
  /** The run of the workflow that started this run as its child; null: a client has, or Temporal does not know it. */
  parentOf(workflowId: string, runId: string): Promise<Asking | null>;
  /** A page by its workflow: who started that, and its story so far; null when Temporal does not know it. Throws where no worker answers. */
  page(workflowId: string): Promise<PageRun | null>;
  /** Waits for the end of exactly this run; `signal` ends the waiting. */
  followToEnd(workflowId: string, runId: string, signal: AbortSignal): Promise<FollowedEnd>;
}

/** Journals as their workflows have them. */
export interface Journals {
  /**
   * What a workflow has in its journal beyond `after`, ready to be stored. Throws `forbidden` for one that answers with the
   * journal of another deployment.
   */
  rest(workflowId: string, after: number): Promise<JournalBatch>;
  /** All that Temporal has of a deployment, ready to be kept; null where it does not know it (any more). */
  whole(workflowId: string): Promise<WholeDeployment | null>;
}

/** Views of targets. */
export interface Targets {
  /** Null when Temporal does not know the target. Throws `engine-unavailable` when it does not answer. */
  view(service: string, environment: string): Promise<TargetView | null>;
}

/** What Temporal says of attempts at activities. */
export interface Attempts {
  /**
   * Renews an attempt; false when Temporal has given it up or wants it to stop. Throws `engine-unavailable` without an
   * answer within `patienceMs`.
   */
  stillCounts(taskToken: Uint8Array, patienceMs: number): Promise<boolean>;
}

/** What is open. */
export interface SightingsSource {
  /** Everything open, `known` workflow ids first, as it is `now`. Throws when Temporal does not answer. */
  look(known: readonly string[], now: number): Promise<Sightings>;
}

/** What Temporal keeps of health monitors while they run. */
export interface Monitors {
  /** The last heartbeat of a deployment's health monitor; null: there is no monitor, or no heartbeat yet. */
  lastHeard(run: Asking): Promise<JsonObject | null>;
}
