import type { JournalEntry } from '../journal/entries.ts';
import type { Plan } from '../plan/plan.ts';
import type { Attestation } from '../trust/attestation-key.ts';
import { buildCertification } from './certification.ts';
import { buildChangeManagement } from './change-management.ts';
import { buildCompletion } from './completion.ts';
import { buildExecution } from './execution.ts';
import { buildHeader } from './header.ts';
import { sourceOf } from './source.ts';
import { buildValidation } from './validation.ts';

/** The record of one deployment as data: what the Markdown says, with digests and texts whole. */
export type DeploymentRecord = ReturnType<typeof buildRecord>;

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
) {
  const source = sourceOf(plan, planDigest, journal);
  return {
    v: 1 as const,
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
