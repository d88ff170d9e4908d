import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { searchAttributes, searchedBy } from '../../domain/ports/search-attributes.ts';
import type { DeploymentRun } from './run.ts';

/** The first entries of the journal, and what lists and the Temporal UI find the deployment by. */
export function begin(run: DeploymentRun): void {
  const { plan, planDigest } = run;
  run.append({
    type: 'requested',
    deployment: run.id,
    workflowId: workflowInfo().workflowId,
    number: run.number,
    service: plan.service,
    environment: plan.environment,
    release: plan.release,
    artifactDigest: plan.artifact.digest,
    requester: plan.requester,
    change: plan.change,
  });
  run.append({
    type: 'plan-frozen',
    planDigest,
    procedure: plan.procedure.name,
    procedureDigest: plan.procedure.digest,
    policyDigest: plan.policy.digest,
    steps: plan.steps.length,
    maxDurationMs: plan.maxDurationMs,
  });
  // Its target has started it with them; whatever else has is found by them, too.
  if (workflowInfo().typedSearchAttributes.get(searchAttributes.service) === undefined)
    upsertSearchAttributes([...searchedBy(plan)]);
}
