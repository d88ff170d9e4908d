import type { ConnectionLike } from '@temporalio/client';
import proto from '@temporalio/proto';
import { taskQueues } from '../domain/base/task-queues.ts';

const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;

/** A poll lasts a minute; Temporal goes on listing workers that polled in the last five. */
const freshMs = 70_000;

/** A worker that asks Temporal for work. */
export interface Poller {
  /** `host/pid`. */
  readonly identity: string;
  /** Null: it is of no build that Temporal knows. */
  readonly build: string | null;
}

/**
 * The workers that poll one of Gantry's task queues now: the main one for workflows, the others for activities. `now` is by
 * Temporal's clock. One that ended less than a minute ago is among them.
 */
export async function pollersOf(
  { workflowService }: Pick<ConnectionLike, 'workflowService'>,
  namespace: string,
  name: string,
  now: number = Date.now(),
): Promise<readonly Poller[]> {
  const since = now - freshMs;
  const { pollers } = await workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name },
    taskQueueType: name === taskQueues.main ? TASK_QUEUE_TYPE_WORKFLOW : TASK_QUEUE_TYPE_ACTIVITY,
  });
  return pollers.flatMap(({ identity, lastAccessTime, deploymentOptions }) =>
    Number(lastAccessTime?.seconds) * 1_000 > since
      ? [{ identity: identity ?? '', build: deploymentOptions?.buildId || null }]
      : [],
  );
}
