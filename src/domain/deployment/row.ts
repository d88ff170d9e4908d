import { deploymentWorkflowId } from '../base/ids.ts';
import { pick } from '../base/pick.ts';
import type { DeploymentRow } from '../journal/batch.ts';
import type { JournalEntry } from '../journal/entries.ts';
import type { DeploymentHistory } from './history.ts';
import { stateOf } from './state.ts';

/** A deployment as lists show it, by nothing but its plan and its journal. */
export function deploymentRowOf(
  { id, plan, planDigest, number }: Pick<DeploymentHistory, 'id' | 'plan' | 'planDigest' | 'number'>,
  journal: readonly JournalEntry[],
  state = stateOf(plan, journal),
): DeploymentRow {
  return {
    id,
    workflowId: deploymentWorkflowId(plan.service, plan.environment, number),
    number,
    ...pick(plan, 'service', 'environment', 'release'),
    artifactDigest: plan.artifact.digest,
    planDigest,
    requester: plan.requester.subject,
    ...pick(state, 'requestedAt', 'phase', 'outcome'),
    endedAt: journal.findLast(({ type }) => type === 'ended')?.at ?? null,
    lastSeq: journal.length,
  };
}
