import type { Recovery } from '../domain/target/recovery.ts';

/** What somebody tried past the API that no deployment's own journal can tell of. */
export interface SecurityAlert {
  /** ISO 8601 UTC. */
  readonly at: string;
  /** `service/environment`, as whoever tried it says. */
  readonly target: string;
  readonly code: string;
  readonly detail: string;
  /** The worker that refused it. */
  readonly worker: string;
}

/** A record as it was published: the Markdown, and the same content as JSON. */
export interface StoredRecord {
  readonly deployment: string;
  readonly state: 'draft' | 'final';
  /** Last journal entry that it covers. */
  readonly lastSeq: number;
  readonly digest: string;
  readonly markdown: string;
  /** JSON text. */
  readonly document: string;
}
export interface RestoreOptions {
  /** Takes the place of what the store holds; else a store that holds something is left as it is. */
  readonly replace: boolean;
  /** The mark that stands in the restored store from its first moment on. */
  readonly recovery: Recovery;
}
