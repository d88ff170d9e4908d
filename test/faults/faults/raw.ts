export { workflowIdOf } from '../../support/workflow-id.ts';

/** How Temporal knows the target of a deployment. */
export function targetWorkflowIdOf(deployment: string): string {
  return `target/${deployment.split('.').slice(0, 2).join('/')}`;
}
