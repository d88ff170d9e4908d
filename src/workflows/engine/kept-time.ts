import { defaultPayloadConverter } from '@temporalio/common';
import type {
  ConcludeActivationInput,
  ConcludeActivationOutput,
  Next,
  WorkflowInternalsInterceptor,
} from '@temporalio/workflow';

type Command = ConcludeActivationInput['commands'][number];

/** Number of the last entry that was written at a time which the history may not keep yet. */
let lastEntry: number | null = null;

/** What happens now is written down at the workflow's time, as this entry of the journal: see {@link KeptTime}. */
export function keepTime(seq: number): void {
  lastEntry = seq;
}

/**
 * Keeps the time of a workflow task in which something was written. A replay takes a task that left no command in the
 * history, and that another follows at once, for a part of that other one, and has the other one's time: entries would have
 * another time than in the store, and what depends on it might be decided otherwise. Such a task leaves the number of its
 * last entry in the workflow's memo.
 */
export class KeptTime implements WorkflowInternalsInterceptor {
  concludeActivation(
    input: ConcludeActivationInput,
    next: Next<WorkflowInternalsInterceptor, 'concludeActivation'>,
  ): ConcludeActivationOutput {
    const { commands } = next(input);
    const seq = lastEntry;
    lastEntry = null;
    if (seq === null || leavesAnEvent(commands)) return { commands };
    const fields = { journal: defaultPayloadConverter.toPayload(seq) };
    return { commands: [...commands, { modifyWorkflowProperties: { upsertedMemo: { fields } } }] };
  }
}

/** Whether a command surely leaves an event: what begins and is cancelled in one task leaves none, nor does a refused update. */
function leavesAnEvent(commands: readonly Command[]): boolean {
  const cancelledTimers = new Set(commands.map(({ cancelTimer }) => cancelTimer?.seq));
  const cancelledActivities = new Set(commands.map(({ requestCancelActivity }) => requestCancelActivity?.seq));
  return commands.some(
    ({ startTimer, scheduleActivity, ...other }) =>
      (startTimer && !cancelledTimers.has(startTimer.seq)) ||
      (scheduleActivity && !cancelledActivities.has(scheduleActivity.seq)) ||
      other.updateResponse?.accepted ||
      other.updateResponse?.completed ||
      other.upsertWorkflowSearchAttributes ||
      other.modifyWorkflowProperties ||
      other.signalExternalWorkflowExecution ||
      other.startChildWorkflowExecution ||
      other.completeWorkflowExecution ||
      other.failWorkflowExecution ||
      other.cancelWorkflowExecution ||
      other.continueAsNewWorkflowExecution,
  );
}
