import type { ErrorCode } from '../base/error-codes.ts';
import type { Policy } from '../policy/policy.ts';
import type { PlanningInput } from './input.ts';
import type { ProcedureDocument } from './procedure.ts';

export interface LoadedPolicy {
  readonly policy: Policy;
  /** `sha256:…` of the file's bytes and, where it names key files, of theirs. */
  readonly digest: string;
}

/** The policy as it is now. */
export interface PolicySource {
  /**
   * The policy of the file and the keys that it names, as they are now; while one of them is broken or cannot be read,
   * the last good one with the fault: no new request is planned by that. Never throws.
   */
  read(): Promise<LoadedPolicy & { readonly fault: PolicyFault | null }>;
}

/** Why the present content of the file does not count. */
export interface PolicyFault {
  readonly code: ErrorCode;
  readonly message: string;
  /** When it was first seen so, ISO 8601 UTC. */
  readonly since: string;
}

export interface LoadedProcedure extends Required<Pick<PlanningInput, 'files' | 'notExecutable'>> {
  readonly document: ProcedureDocument;
  /** Digest of the document's bytes and of the files' digests. */
  readonly digest: string;
}

/** The procedures as they are now. */
export interface ProcedureSource {
  /** What folders of procedures there are, by name; whether each holds one is for `find`. */
  names(): Promise<readonly string[]>;
  /** Throws `unknown-procedure`, `malformed-yaml`, `invalid-procedure` or `too-large`. */
  find(name: string): Promise<LoadedProcedure>;
}

/** What the commands of procedures run. */
export interface ProcedureFiles {
  /** Where the commands of a procedure run. Its document is not read: it may have changed since it was planned. */
  folderOf(name: string): string;
  /** The digest of one of its files as it is now; null where there is no such plain file. Throws when that is unknown. */
  digestOf(name: string, path: string): Promise<string | null>;
}
