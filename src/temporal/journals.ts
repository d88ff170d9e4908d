import type { Client, WorkflowHandle } from '@temporalio/client';
import { GantryError } from '../domain/errors.ts';
import { isWorkflowOf } from '../domain/ids.ts';
import type { JournalCargo } from '../domain/ports/publishing.ts';

/** What a deployment's workflow has in its journal beyond `after`. Throws as queries do. */
export function askForRest(handle: Pick<WorkflowHandle, 'query'>, after: number): Promise<JournalCargo> {
  return handle.query<JournalCargo, [{ readonly after: number }]>('rest', { after });
}

/** No answer for this long, in milliseconds, is none. */
const answerMs = 5_000;

/** Journals as their workflows have them, for a worker. */
export function createJournals(client: Client) {
  return {
    /** Throws `forbidden` for a workflow that tells of another deployment than its own. */
    async rest(workflowId: string, after: number): Promise<JournalCargo> {
      const handle = client.workflow.getHandle(workflowId);
      const cargo = await client.withDeadline(Date.now() + answerMs, () => askForRest(handle, after));
      if (cargo.row.id !== cargo.deployment || !isWorkflowOf(cargo.deployment, workflowId))
        throw new GantryError('forbidden', `Only ${cargo.deployment} itself writes its journal.`);
      return cargo;
    },
  };
}
