import type { Client } from '@temporalio/client';
import { GantryError } from '../domain/base/errors.ts';

/** A page of the index is answered within some ten milliseconds. */
const answerMs = 60_000;

/** Ids of workflows that Temporal's index has for a query, at most `max`. It may be some seconds behind. */
export async function listed({ workflow }: Pick<Client, 'workflow'>, query: string, max = Number.POSITIVE_INFINITY) {
  const ids: string[] = [];
  for await (const { workflowId } of workflow.list({ query })) {
    ids.push(workflowId);
    if (ids.length >= max) break;
  }
  return ids;
}

/** Ids of every deployment and target that Temporal's index has, whether or not they have ended. Throws `engine-unavailable`. */
export async function everyWorkflow(client: Client): Promise<readonly string[]> {
  const all = () => listed(client, 'WorkflowType IN ("deployment", "target")');
  const ids = await client.withDeadline(Date.now() + answerMs, all).catch((cause: unknown) => {
    throw new GantryError('engine-unavailable', 'Temporal does not tell which deployments there are.', { cause });
  });
  return [...new Set(ids)];
}
