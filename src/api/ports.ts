import type { Plan } from '../domain/plan/plan.ts';
import type { ProcedureDocument } from '../domain/planning/procedure.ts';
import type { Policy } from '../domain/policy/policy.ts';

export interface PolicySource {
  /** The last valid policy: never throws. `fault`: why the file as it is now is not used, and since when. */
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
    /** Those of them without permission to execute. */
    readonly notExecutable: readonly string[];
  }>;
}

export interface Frozen {
  readonly plan: Plan;
  readonly planDigest: string;
}
