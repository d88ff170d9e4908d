import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import { type TargetName, targetWorkflowId } from '../domain/base/ids.ts';
import { taskQueues } from '../domain/base/task-queues.ts';
import type { Target } from '../domain/target/state.ts';
import type { target } from '../workflows/target/target.ts';

/** The updates that start the workflow of a target where it does not run. */
export type StartingUpdate = 'request' | 'adopt' | 'resolve';

/**
 * Whether an update may start a target again whose workflow has ended: only `resolve` may, with what the store knows
 * (`known`). By any other one a target that was terminated would silently begin anew, at number 1 and fence 1.
 */
export function mayStartAgain(message: StartingUpdate, known: Target | null): boolean {
  return message === 'resolve' && known !== null;
}

interface Starting {
  /** How Temporal's page and errors name the target. */
  readonly what: string;
  readonly message: StartingUpdate;
  readonly argument: unknown;
  /** What a target that Temporal does not know begins with. */
  readonly known: Target | null;
  readonly updateId: string;
}

/** Sends an update to a target, and starts its workflow first where there is none. Answers what the target does. */
export function updateOrStartTarget<T>(
  { workflow }: Client,
  name: TargetName,
  { what, message, argument, known, updateId }: Starting,
): Promise<T> {
  return workflow.executeUpdateWithStart<typeof target, T, unknown[]>(message, {
    args: [argument],
    updateId,
    startWorkflowOperation: new WithStartWorkflowOperation<typeof target>('target', {
      workflowId: targetWorkflowId(name.service, name.environment),
      args: [{ ...name, known }],
      taskQueue: taskQueues.main,
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: mayStartAgain(message, known) ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
      // A target lives for ever: replaying it may take longer than the 2 s of a deployment.
      workflowTaskTimeout: '10s',
      staticSummary: what,
    }),
  });
}
