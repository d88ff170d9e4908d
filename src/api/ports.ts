import type { Plan } from '../domain/plan/plan.ts';
import type { ProcedureDocument } from '../domain/planning/procedure.ts';
import type { Policy } from '../domain/policy/policy.ts';
import type { Store } from '../store/store.ts';

/** What the API needs of the store. */
export type ApiStore = Pick<
  Store,
  | 'key'
  | 'keys'
  | 'addKey'
  | 'revokeKeys'
  | 'evidenceOf'
  | 'rehearsalsOf'
  | 'addEvidence'
  | 'refuseEvidence'
  | 'refusedEvidenceOf'
  | 'countRefusedMessages'
  | 'refusedMessagesOf'
  | 'savePlan'
  | 'plan'
  | 'sealsOf'
  | 'deployment'
  | 'deployments'
  | 'journal'
  | 'appendJournal'
  | 'followJournal'
  | 'record'
  | 'targets'
  | 'targetsBy'
  | 'target'
  | 'claim'
  | 'complete'
  | 'release'
  | 'giveBack'
  | 'alerts'
  | 'checkSchema'
  | 'recovery'
  | 'addFreeze'
  | 'freeze'
  | 'freezes'
  | 'freezesOf'
  | 'liftFreeze'
>;

export interface PolicySource {
  /** The last good policy, so that it never throws; `fault` says why the file as it is now does not count, and since when. */
  read(): Promise<{
    readonly policy: Policy;
    readonly digest: string;
    readonly fault: { readonly code: string; readonly message: string; readonly since: string } | null;
  }>;
}

export interface ProcedureSource {
  find(name: string): Promise<{
    readonly document: ProcedureDocument;
    readonly digest: string;
    readonly files: readonly { readonly path: string; readonly digest: string }[];
    /** Those of them that nobody may run. */
    readonly notExecutable: readonly string[];
  }>;
}
export interface Frozen {
  readonly plan: Plan;
  readonly planDigest: string;
}
