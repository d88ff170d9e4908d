import { hostname } from 'node:os';
import proto from '@temporalio/proto';
import type { Config } from '../config.ts';
import { GantryError } from '../domain/errors.ts';
import { taskQueues } from '../domain/task-queues.ts';
import { connect } from '../temporal/connection.ts';
import { endpointOf } from './open-parts.ts';

const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;
/** A poll lasts a minute; Temporal goes on listing whoever polled in the last five. */
const freshMs = 70_000;

/**
 * `gantry worker --check`: asks Temporal whether a worker of this machine polls every task queue. Throws `not-ready`
 * with those that it does not poll, `engine-unavailable` when Temporal does not answer.
 */
export async function checkWorker(config: Config): Promise<void> {
  const endpoint = await endpointOf(config);
  const { connection, close } = await connect(endpoint);
  const isPolled = async (name: string) => {
    const { pollers } = await connection.workflowService.describeTaskQueue({
      namespace: endpoint.namespace,
      taskQueue: { name },
      taskQueueType: name === taskQueues.main ? TASK_QUEUE_TYPE_WORKFLOW : TASK_QUEUE_TYPE_ACTIVITY,
    });
    return pollers.some(
      ({ identity, lastAccessTime }) =>
        identity?.startsWith(`${hostname()}/`) && Number(lastAccessTime?.seconds) * 1_000 > Date.now() - freshMs,
    );
  };
  try {
    const names = Object.values(taskQueues);
    const answers = await connection.withDeadline(Date.now() + 5_000, () => Promise.all(names.map(isPolled)));
    const idle = names.filter((_, i) => !answers[i]);
    if (idle.length > 0) throw new GantryError('not-ready', `No worker of ${hostname()} polls ${idle.join(', ')}.`);
  } finally {
    await close();
  }
}
