import type { RepositoryAnswer } from '../adapters/git/job.ts';
import type { Writing } from '../adapters/git/write-repository.ts';
import type { JsonObject } from '../domain/base/json.ts';
import type { DeploymentHistory, WholeDeployment } from '../domain/deployment/history.ts';
import type { JournalBatch } from '../domain/journal/batch.ts';
import type { JournalEntry } from '../domain/journal/entries.ts';
import type { PageEntry } from '../domain/journal/paging.ts';
import type { AdapterCatalog, AdapterContext, SecretReader } from '../domain/kinds/adapter.ts';
import type { Delivery, NotifyInput } from '../domain/kinds/notification.ts';
import type { KeyReading, PlannedSource } from '../domain/plan/configuration.ts';
import type { Policy } from '../domain/policy/policy.ts';
import type { FollowedEnd } from '../domain/ports/deployments.ts';
import type { Sightings } from '../domain/supervision/sightings.ts';
import type { TargetView } from '../domain/target/view.ts';
import type { AttestationKey } from '../domain/trust/attestation-key.ts';
import type { Store } from '../store/store.ts';

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
  /** The journal as the workflow itself answers it, running or closed; null when no worker can answer. */
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

/** Everything that activities reach the world with. */
export interface ActivityDeps {
  readonly store: Store;
  readonly catalog: AdapterCatalog;
  /** Whether the commands of procedures run as a user of their own, who can reach nothing that is the worker's. */
  readonly isIsolated: boolean;
  /** One reader for each attempt: it masks what it has read itself. */
  readonly newSecrets: () => SecretReader;
  readonly policy: { read(): Promise<{ readonly policy: Policy; readonly digest: string }> };
  readonly procedures: {
    /** Where the commands of a procedure run; nothing is read. */
    folderOf(name: string): string;
    /** The digest of one of its files as it is now; null where there is no such plain file. Throws when it cannot be read. */
    digestOf(name: string, path: string): Promise<string | null>;
  };
  /** A public key (ed25519, hex) of the API by its id; null for one that this installation does not trust. */
  readonly trustedKey: (id: string) => Promise<string | null>;
  readonly histories: Histories;
  readonly journals: {
    /** What a workflow has in its journal beyond `after`, ready to be stored. */
    rest(workflowId: string, after: number): Promise<JournalBatch>;
    /** All that Temporal has of a deployment, ready to be kept; null where it does not know it (any more). */
    whole(workflowId: string): Promise<WholeDeployment | null>;
  };
  readonly targets: {
    /** Null when Temporal does not know the target. */
    view(service: string, environment: string): Promise<TargetView | null>;
  };
  readonly attempts: {
    /**
     * Renews an attempt; false when Temporal has given it up or wants it to stop. Throws `engine-unavailable` without an
     * answer within `patienceMs`.
     */
    stillCounts(taskToken: Uint8Array, patienceMs: number): Promise<boolean>;
  };
  readonly sightings: {
    /** Everything open, `known` workflow ids first, as it is `now`. Throws when Temporal does not answer. */
    look(known: readonly string[], now: number): Promise<Sightings>;
  };
  readonly monitors: {
    /** The last heartbeat of a deployment's health monitor; null: there is no monitor, or no heartbeat yet. */
    lastHeard(run: Asking): Promise<JsonObject | null>;
  };
  /** Makes one attempt to notify each stakeholder by each of their ways, all at once; one delivery each, in their order. */
  readonly notify: (input: NotifyInput) => Promise<readonly Delivery[]>;
  /** Reads all keys of one source, its references filled in. */
  readonly readSource: (source: PlannedSource, context: AdapterContext) => Promise<readonly KeyReading[]>;
  /** Writes files into one branch of a repository. Throws `secret-missing`. */
  readonly writeRepository: (
    writing: Writing,
    within: { readonly signal: AbortSignal; readonly limitMs: number },
  ) => Promise<RepositoryAnswer>;
  /** Where people reach the API; null: not configured. */
  readonly publicUrl: () => string | null;
  /** The folder that records are exported to. */
  readonly recordsFolder: string;
  /** Signs what records certify and rollbacks prove; null or absent: they state that they are not signed. */
  readonly attestationKey?: AttestationKey | null;
  /** How this worker is named in records. */
  readonly worker: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
