import { deploymentWorkflowId } from '../base/ids.ts';
import type { DeploymentRow } from '../journal/batch.ts';
import type { JournalEntry } from '../journal/entries.ts';
import type { DeploymentHistory } from './history.ts';
import { stateOf } from './state.ts';

/** A deployment as lists show it, by nothing but its plan and its journal. */
export function deploymentRowOf(
  { id, plan, planDigest, number }: Pick<DeploymentHistory, 'id' | 'plan' | 'planDigest' | 'number'>,
  journal: readonly JournalEntry[],
): DeploymentRow {
  const { requestedAt, phase, outcome } = stateOf(plan, journal);
  return {
    id,
    workflowId: deploymentWorkflowId(plan.service, plan.environment, number),
    number,
    service: plan.service,
    environment: plan.environment,
    release: plan.release,
    artifactDigest: plan.artifact.digest,
    planDigest,
    requester: plan.requester.subject,
    requestedAt,
    phase,
    outcome,
    endedAt: journal.findLast(({ type }) => type === 'ended')?.at ?? null,
    lastSeq: journal.length,
  };
}
