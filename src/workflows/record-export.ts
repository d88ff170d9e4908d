import { exportWorkflowId, parseDeploymentId } from '../domain/base/ids.ts';
import { activities } from './engine/activities.ts';
import { startOutliving } from './engine/outliving.ts';

/** Writes the file of one record, however long its folder refuses it. The record itself is in the store by then. */
export async function recordExport(deployment: string): Promise<void> {
  await activities.exportRecord({ deployment });
}

/** Leaves the file of a record to a workflow of its own, so that nothing waits for it. */
export async function exportLater(deployment: string): Promise<void> {
  const { service = '', environment = '', number = 0 } = parseDeploymentId(deployment) ?? {};
  const workflowId = exportWorkflowId(service, environment, number);
  await startOutliving(recordExport, deployment, { workflowId, staticSummary: `Record of ${deployment}` });
}
