/** How Temporal knows a deployment. */
export function workflowIdOf(deployment: string): string {
  return `deployment/${deployment.replaceAll('.', '/')}`;
}

export function targetWorkflowIdOf(deployment: string): string {
  return `target/${deployment.split('.').slice(0, 2).join('/')}`;
}
