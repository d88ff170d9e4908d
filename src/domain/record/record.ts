import type { JournalEntry } from '../journal/entries.ts';
import type { Plan } from '../plan/plan.ts';
import type { Attestation } from '../trust/attestation-key.ts';
import { buildCertification } from './certification-section.ts';
import { buildChangeManagement } from './change-management-section.ts';
import { buildCompletion } from './completion-section.ts';
import { buildExecution } from './execution-section.ts';
import { buildHeader } from './header.ts';
import { sourceOf } from './source.ts';
import { buildValidation } from './validation-section.ts';

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
