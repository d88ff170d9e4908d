import type { Policy } from '../domain/policy.ts';
import type { ProcedureDocument } from '../domain/procedure.ts';
import type { Store } from '../store/store.ts';

/** What the API needs of the store. */
export type ApiStore = Pick<
  Store,
  | 'subjectOfToken'
  | 'evidenceOf'
  | 'addEvidence'
  | 'savePlan'
  | 'plan'
  | 'deployment'
  | 'deployments'
  | 'journal'
  | 'record'
  | 'targets'
  | 'target'
  | 'claim'
  | 'complete'
  | 'release'
  | 'giveBack'
  | 'alerts'
  | 'ping'
>;

export interface PolicySource {
  read(): Promise<{ readonly policy: Policy; readonly digest: string }>;
}

export interface ProcedureSource {
  find(name: string): Promise<{
    readonly document: ProcedureDocument;
    readonly digest: string;
    readonly files: readonly { readonly path: string; readonly digest: string }[];
  }>;
}
