import type { RepositoryAnswer } from '../adapters/git/job.ts';
import type { Writing } from '../adapters/git/write-repository.ts';
import type { AdapterCatalog, AdapterContext, SecretReader } from '../domain/kinds/adapter.ts';
import type { Delivery, NotifyInput } from '../domain/kinds/notification.ts';
import type { KeyReading, PlannedSource } from '../domain/plan/configuration.ts';
import type { LoadedPolicy, ProcedureFiles } from '../domain/planning/source-ports.ts';
import type { Attempts, Histories, Journals, Monitors, SightingsSource, Targets } from '../domain/ports/temporal.ts';
import type { AttestationKey } from '../domain/trust/attestation-key.ts';
import type { Store } from '../store/index.ts';

/** Everything that activities reach the world with. */
export interface ActivityDeps {
  readonly store: Store;
  readonly catalog: AdapterCatalog;
  /** Whether the commands of procedures run as a user of their own, who can reach nothing that is the worker's. */
  readonly isIsolated: boolean;
  /** One reader for each attempt: it masks what it has read itself. */
  readonly newSecrets: () => SecretReader;
  readonly policy: { read(): Promise<LoadedPolicy> };
  readonly procedures: ProcedureFiles;
  /** A public key (ed25519, hex) of the API by its id; null for one that this installation does not trust. */
  readonly trustedKey: (id: string) => Promise<string | null>;
  readonly histories: Histories;
  readonly journals: Journals;
  readonly targets: Targets;
  readonly attempts: Attempts;
  readonly sightings: SightingsSource;
  readonly monitors: Monitors;
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
