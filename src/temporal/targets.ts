import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { GantryError } from '../domain/base/errors.ts';
import { targetWorkflowId } from '../domain/base/ids.ts';
import type { TargetView } from '../domain/target/view.ts';

/** A target answers within some ten milliseconds; one that says nothing for so long is asked again by the next attempt. */
const answerMs = 5_000;

/** Targets as they say themselves: the store's copies may be behind, and a signal may be anybody's. */
export function createTargets(client: Client) {
  return {
    /** Null when Temporal does not know the target. Throws `engine-unavailable` when it does not answer. */
    async view(service: string, environment: string): Promise<TargetView | null> {
      try {
        const target = client.workflow.getHandle(targetWorkflowId(service, environment));
        return await client.withDeadline(Date.now() + answerMs, () => target.query<TargetView>('target'));
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null;
        throw new GantryError('engine-unavailable', `Target ${service}/${environment} does not answer.`, {
          cause: error,
        });
      }
    },
  };
}
