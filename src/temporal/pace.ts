import { randomUUID } from 'node:crypto';
import type { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';

/** How a server keeps time. */
export interface Pace {
  /** How much later than it should a timer fires, at best, in milliseconds. */
  readonly timerLateMs: number;
  /** Positive where the server's clock is ahead of ours, in milliseconds; too low by what an answer takes. */
  readonly clockOffsetMs: number;
}

const { COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION } = proto.temporal.api.enums.v1.CommandType;
const delayMs = 100;
/** The middle one of so many counts: a slow server is in time now and then, and a busy machine late. */
const tries = 5;
const limitMs = 15_000;
const identity = 'gantry-doctor';

/**
 * Measures the timers of a server: starts workflows with a delay on a task queue of their own, and takes their first task
 * itself, so that no worker is needed. They complete at once, and are deleted.
 */
export async function measurePace(connection: Connection, namespace: string): Promise<Pace> {
  const measured: Pace[] = [];
  for (let i = 0; i < tries; i += 1)
    measured.push(await connection.withDeadline(Date.now() + limitMs, () => measureOnce(connection, namespace)));
  const middle = measured.toSorted((one, other) => one.timerLateMs - other.timerLateMs)[Math.floor(tries / 2)];
  if (!middle) throw new Error('nothing was measured');
  return middle;
}

async function measureOnce({ workflowService }: Connection, namespace: string): Promise<Pace> {
  const id = `gantry-doctor/${randomUUID()}`;
  const taskQueue = { name: id };
  const polled = workflowService.pollWorkflowTaskQueue({ namespace, taskQueue, identity });
  // Whoever starts it fails first where both do.
  polled.catch(() => undefined);
  await workflowService.startWorkflowExecution({
    namespace,
    workflowId: id,
    workflowType: { name: 'gantry-doctor' },
    taskQueue,
    identity,
    requestId: randomUUID(),
    workflowStartDelay: { nanos: delayMs * 1_000_000 },
  });
  const dueAt = Date.now() + delayMs;
  const { taskToken, startedTime } = await polled;
  const now = Date.now();
  const serverMs = Number(startedTime?.seconds ?? 0) * 1_000 + (startedTime?.nanos ?? 0) / 1_000_000;
  await workflowService.respondWorkflowTaskCompleted({
    namespace,
    taskToken,
    identity,
    commands: [
      { commandType: COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION, completeWorkflowExecutionCommandAttributes: {} },
    ],
  });
  await workflowService
    .deleteWorkflowExecution({ namespace, workflowExecution: { workflowId: id } })
    .catch(() => undefined);
  return { timerLateMs: now - dueAt, clockOffsetMs: serverMs - now };
}
