import type { Client } from '@temporalio/client';
import { GantryError } from '../domain/base/errors.ts';

/** A page of the index is answered within some ten milliseconds. */
const answerMs = 60_000;

/**
 * Ids of every deployment and target that Temporal's index has, whether or not they have ended. It may be some seconds
 * behind. Throws `engine-unavailable`.
 */
export async function everyWorkflow(client: Client): Promise<readonly string[]> {
  const ids: string[] = [];
  try {
    await client.withDeadline(Date.now() + answerMs, async () => {
      for await (const { workflowId } of client.workflow.list({ query: 'WorkflowType IN ("deployment", "target")' }))
        ids.push(workflowId);
    });
  } catch (cause) {
    throw new GantryError('engine-unavailable', 'Temporal does not tell which deployments there are.', { cause });
  }
  return [...new Set(ids)];
}
