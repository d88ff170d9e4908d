// The entry point of the workflow bundle: what Temporal starts by name.

import { setWorkflowOptions, workflowInfo } from '@temporalio/workflow';

export { delivery } from './notifications/delivery.ts';

import { deployment } from './deployment/deployment.ts';

// A deployment ends on the build that began it, so that its journal is one build's. Everything else goes to the current
// build, and each change of what it does is `patched()`. A worker without versions may name no behaviour at all; it has a
// build id of its own all the same, but is of no worker deployment.
setWorkflowOptions(
  () => (workflowInfo().currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'PINNED' } : {}),
  deployment,
);

export { lateDocuments } from './documents/late-documents.ts';
export { interceptors } from './engine/journal-interceptor.ts';
export { page } from './notifications/page.ts';
export { recordExport } from './record-export.ts';
export { supervision } from './supervision.ts';
export { target } from './target/target.ts';
export { deployment };
