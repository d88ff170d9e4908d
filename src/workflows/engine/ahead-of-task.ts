import { type ActivateInput, type Next, type WorkflowInternalsInterceptor, workflowInfo } from '@temporalio/workflow';
import { aheadOfTask } from '../../domain/messages/messages.ts';

/** How far a workflow has come: its events, and time and size of the newest workflow task among them. */
interface Progress {
  readonly events: number;
  readonly taskAt: number;
  readonly taskSize: number;
}

/**
 * Does nothing that no workflow task has begun. A query that waited for a worker comes with the whole history; where events
 * have been added since whose task has not begun, the SDK's core hands them over all the same, at the time of the task
 * before. What the workflow did then would be seen, stored, and sent along with the next task, while a replay does it in
 * that task: at another time, and after other messages. The query fails instead, the SDK forgets this instance, and the
 * client asks again (`askAgain`).
 */
export class NeverAheadOfTask implements WorkflowInternalsInterceptor {
  private last: Progress | null = null;

  activate(input: ActivateInput, next: Next<WorkflowInternalsInterceptor, 'activate'>): void {
    const isQuery = input.activation.jobs?.some(({ queryWorkflow }) => queryWorkflow);
    const { historyLength, historySize, unsafe } = workflowInfo();
    const now: Progress = { events: historyLength, taskAt: Date.now(), taskSize: historySize };
    if (!isQuery && !unsafe.isReplaying && this.last !== null && isAhead(this.last, now)) throw new Error(aheadOfTask);
    if (!isQuery) this.last = now;
    next(input);
  }
}

/** There are more events, and no workflow task has begun among them: each has another size of the history, and a time. */
function isAhead(last: Progress, { events, taskAt, taskSize }: Progress): boolean {
  return events > last.events && taskAt === last.taskAt && taskSize === last.taskSize;
}
