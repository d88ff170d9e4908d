import { workflowInfo } from '@temporalio/workflow';

/**
 * A deployment ends on the build that began it (PINNED), so that its journal is one build's. Everything else goes to the
 * current build, and each change of what it does, or of what it journals, is `patched()`. A worker without versions may name no behaviour at all; it
 * has a build id of its own all the same, but is of no worker deployment.
 */
export function pinnedWhereVersioned(): { readonly versioningBehavior?: 'PINNED' } {
  return workflowInfo().currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'PINNED' } : {};
}
