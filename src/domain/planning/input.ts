import type { Subject } from '../base/subject.ts';
import type { Weigh } from '../evidence/counts-as-evidence.ts';
import type { EvidenceRow } from '../evidence/evidence.ts';
import type { AdapterCatalog } from '../kinds/adapter.ts';
import type { Policy } from '../policy/policy.ts';
import type { ProcedureDocument } from './procedure.ts';
import type { DeploymentRequest } from './request.ts';

export interface PlanningInput {
  readonly request: DeploymentRequest;
  readonly requester: Subject;
  readonly procedure: ProcedureDocument;
  /** Digest of the document and of the files it names. */
  readonly procedureDigest: string;
  readonly files: readonly { readonly path: string; readonly digest: string }[];
  /** Those of them that are not executable. */
  readonly notExecutable?: readonly string[];
  readonly policy: Policy;
  readonly policyDigest: string;
  /** The evidence of the artifact in the store. */
  readonly evidence: readonly EvidenceRow[];
  /** Weighs it by the rules of {@link evidenceRulesOf}, and may have done so before. */
  readonly weigh?: Weigh;
  readonly catalog: AdapterCatalog;
  /** Public key (ed25519, hex) of the API that vouches for messages, or null. */
  readonly messageKey: string | null;
  /** How long earlier runs of this procedure on this target took, in milliseconds; null: too few are known. */
  readonly typicalRunMs: number | null;
  /** Milliseconds since the epoch: a standing approval has an end. */
  readonly now: number;
  /** Where the document has stand-ins for its faults, as pointers: what follows from these is not reported. */
  readonly replaced?: readonly string[];
}
