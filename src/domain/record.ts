import type { JournalEntry } from './journal.ts';
import type { Plan } from './plan.ts';
import { buildCertification, type Certification } from './record/certification.ts';
import { buildChangeManagement, type ChangeManagement } from './record/change-management.ts';
import { buildCompletion, type Completion } from './record/completion.ts';
import { buildExecution, type ExecutionLog } from './record/execution.ts';
import { buildHeader, type RecordHeader } from './record/header.ts';
import { sourceOf } from './record/source.ts';
import type { Attestation } from './record/summary.ts';
import { buildValidation, type ValidationResults } from './record/validation.ts';

/** The record of one deployment as data: what the Markdown says, with digests and texts whole. */
export interface DeploymentRecord {
  readonly v: 1;
  readonly header: RecordHeader;
  readonly certification: Certification;
  readonly execution: ExecutionLog;
  readonly validation: ValidationResults;
  readonly changeManagement: ChangeManagement;
  readonly completion: Completion;
}

/**
 * The record of a deployment, a pure function of its plan, its journal up to `ended` and the key that attests it. A
 * draft covers what there is.
 * Throws `internal` for a journal that does not begin with the request.
 */
export function buildRecord(
  plan: Plan,
  planDigest: string,
  journal: readonly JournalEntry[],
  { state, attestation = 'no-key' }: { readonly state: 'draft' | 'final'; readonly attestation?: Attestation },
): DeploymentRecord {
  const source = sourceOf(plan, planDigest, journal);
  return {
    v: 1,
    header: buildHeader(source, state),
    certification: buildCertification(source, attestation),
    execution: buildExecution(source),
    validation: buildValidation(source),
    changeManagement: buildChangeManagement(source),
    completion: buildCompletion(source),
  };
}

/**
 * The file of a record: `deployment-<release>-<date>.md`, the date being the UTC day of the request (an ISO 8601
 * time). Where that name belongs to another deployment (`taken`), the deployment's id is added.
 */
export function recordFileName(
  plan: Pick<Plan, 'release'>,
  requestedAt: string,
  deploymentId: string,
  { taken }: { readonly taken: boolean },
): string {
  const date = new Date(requestedAt).toISOString().slice(0, 10);
  return `deployment-${plan.release}-${date}${taken ? `-${deploymentId}` : ''}.md`;
}
