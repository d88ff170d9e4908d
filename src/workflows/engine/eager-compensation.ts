import type { ActivityOptions } from '@temporalio/workflow';
import { taskQueues } from '../../domain/base/task-queues.ts';
import { readBackMsOf } from '../../domain/plan/durations.ts';
import type { Activities } from '../../domain/ports/activities.ts';
import { margin } from '../../domain/ports/traits.ts';
import { activities } from './activities.ts';
import { wasNeverTaken } from './failures.ts';

/** A compensation that has not begun on the workflow's own queue by then, in milliseconds, finds that queue full, or no worker. */
const eagerlyWithin = 250;

/**
 * Bounded per attempt and in attempts; time without a worker does not count, so there is no schedule-to-close. On the
 * workflow's own queue it begins with the very task that decided on it (eager dispatch: docs/decisions/compensations.md);
 * where it does not begin there, nothing has happened yet, and it goes to the queue that nothing else is on.
 */
export async function compensate(input: Parameters<Activities['compensate']>[0]) {
  const { outstanding, attempt } = input;
  const undoMs = outstanding.undo.kind === 'action' ? outstanding.undo.action.timeoutMs : 0;
  const on = (place: Pick<ActivityOptions, 'taskQueue' | 'scheduleToStartTimeout'>) =>
    activities.compensate.executeWithOptions(
      {
        ...place,
        summary: `Undo: ${outstanding.title} (attempt ${attempt})`,
        startToCloseTimeout: undoMs + (outstanding.done ? readBackMsOf(outstanding.done, input.settleMs) : 0) + margin,
      },
      [input],
    );
  try {
    return await on({ taskQueue: taskQueues.main, scheduleToStartTimeout: eagerlyWithin });
  } catch (error) {
    if (!wasNeverTaken(error)) throw error;
    return on({ taskQueue: taskQueues.rollback });
  }
}
