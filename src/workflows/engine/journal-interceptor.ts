import { defaultPayloadConverter } from '@temporalio/common';
import {
  type ActivityInput,
  type Next,
  type WorkflowInterceptors,
  type WorkflowOutboundCallsInterceptor,
  workflowInfo,
} from '@temporalio/workflow';
import { needsNoStore } from '../../domain/base/task-queues.ts';
import { type JournalBatch, journalHeader } from '../../domain/journal/batch.ts';
import { NeverAheadOfTask } from './ahead-of-task.ts';
import type { JournalOutbox } from './journal-outbox.ts';
import { KeptTime } from './kept-time.ts';
import { UndecodableAsRefused } from './undecodable.ts';

/** A monitor ends when the deployment does: what rode on it would ride on everything else, too. */
const carriesNothing = new Set(['monitor']);

let outbox: JournalOutbox | null = null;

/** Makes this workflow's entries ride on its activities. */
export function attachOutbox(own: JournalOutbox): void {
  outbox = own;
}

/** Puts entries that the store may not have yet into the header of each activity; what arrived is not sent again. */
class JournalCarrier implements WorkflowOutboundCallsInterceptor {
  scheduleActivity(
    input: ActivityInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'scheduleActivity'>,
  ): Promise<unknown> {
    const batch = carriesNothing.has(input.activityType) ? null : outbox?.load();
    if (!batch) return next(input);
    const told: JournalBatch = { ...batch, firstRunId: workflowInfo().firstExecutionRunId };
    const headers = { ...input.headers, [journalHeader]: defaultPayloadConverter.toPayload(told) };
    const answer = next({ ...input, headers });
    if (needsNoStore(input.activityType, input.options.taskQueue)) return answer;
    return answer.then((result) => {
      outbox?.delivered(batch);
      return result;
    });
  }
}

export const interceptors = (): WorkflowInterceptors => ({
  outbound: [new JournalCarrier()],
  internals: [new NeverAheadOfTask(), new UndecodableAsRefused(), new KeptTime()],
});
