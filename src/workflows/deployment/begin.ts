import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { DeploymentInput } from '../../domain/ports/deployments.ts';
import { searchAttributes, searchedBy } from '../../domain/ports/search-attributes.ts';
import { refusal } from '../engine/updates-and-queries.ts';
import { DeploymentRun } from './run.ts';

/** Begins a deployment. What is no plan fails the workflow at once: a task that throws would be repeated for ever. */
export function begin(input: DeploymentInput): DeploymentRun {
  try {
    const run = new DeploymentRun(input);
    journalRequest(run);
    return run;
  } catch (error) {
    throw refusal('malformed', `This is no plan that could be begun: ${String(error)}`);
  }
}

/** The first entries of the journal, and what lists and the Temporal UI find the deployment by. */
function journalRequest(run: DeploymentRun): void {
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
