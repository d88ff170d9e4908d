import type { PublishInput } from '../domain/ports/publishing.ts';
import type { Recovery } from '../domain/target/recovery.ts';
import type { ProcessKind } from './grants.ts';

/** A record as it was published: the Markdown, and the same content as JSON. */
export interface StoredRecord extends Pick<PublishInput, 'deployment' | 'state' | 'lastSeq'> {
  readonly digest: string;
  readonly markdown: string;
  /** JSON text. */
  readonly document: string;
}

/** An attempt past the API that no deployment's own journal can record. */
export interface SecurityAlert {
  /** ISO 8601 UTC. */
  readonly at: string;
  /** `service/environment`, as the attempt names it. */
  readonly target: string;
  readonly code: string;
  readonly detail: string;
  /** The worker that refused it. */
  readonly worker: string;
}

/** What a process says of itself while it runs. */
export interface ProcessWord {
  readonly kind: ProcessKind;
  /** `host/pid`; a worker's is its identity in Temporal. */
  readonly name: string;
  /** Of the policy that it works with. */
  readonly policyDigest: string;
}

export interface KnownProcess extends ProcessWord {
  /** How long ago it said so, in milliseconds, by the clock of the database. */
  readonly agoMs: number;
}

export interface RestoreOptions {
  /** Replaces what the store holds; without it a store that is not empty is refused. */
  readonly replace: boolean;
  /** The mark that stands in the restored store from its first moment on. */
  readonly recovery: Recovery;
}
