import { type Client, ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import { taskQueues } from '../domain/base/task-queues.ts';

export const supervisionSchedule = 'gantry-supervision';
/** A look every 30 s, and a bound below two minutes on everything that is looked for. */
const everyMs = 30_000;
const answerMs = 5_000;

/**
 * Has Temporal start the workflow `supervision` every 30 s, on whatever worker there is. Every process asks for it at its
 * start; the first one makes it, and one that was deleted is made again.
 */
export async function ensureSupervision(client: Client): Promise<void> {
  try {
    await client.withDeadline(Date.now() + answerMs, () =>
      client.schedule.create({
        scheduleId: supervisionSchedule,
        spec: { intervals: [{ every: everyMs }] },
        action: {
          type: 'startWorkflow',
          workflowType: 'supervision',
          workflowId: 'supervision',
          taskQueue: taskQueues.main,
          workflowExecutionTimeout: '60s',
          workflowTaskTimeout: '5s',
          staticSummary: 'Looks for what does not move',
        },
        // A round that was missed is of no use later.
        policies: { overlap: 'SKIP', catchupWindow: '10s', pauseOnFailure: false },
      }),
    );
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}

/** When supervision was started last, in milliseconds since the epoch; null: never, or there is no schedule. */
export async function supervisedAt(client: Client): Promise<number | null> {
  try {
    const { info } = await client.withDeadline(Date.now() + answerMs, () =>
      client.schedule.getHandle(supervisionSchedule).describe(),
    );
    return info.recentActions.at(-1)?.takenAt.getTime() ?? info.createdAt.getTime();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}
