import { defaultPayloadConverter } from '@temporalio/common';
import {
  type ActivityInput,
  type Next,
  type WorkflowInterceptors,
  type WorkflowOutboundCallsInterceptor,
  workflowInfo,
} from '@temporalio/workflow';
import { type JournalBatch, journalHeader } from '../../domain/journal/batch.ts';
import { rideOn } from '../../domain/ports/activities.ts';
import { NeverAheadOfTask } from './ahead-of-task.ts';
import type { JournalOutbox } from './journal-outbox.ts';
import { KeptTime } from './kept-time.ts';
import { UndecodableAsRefused } from './undecodable-payloads.ts';

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
    const ride = rideOn(input.activityType, input.options.taskQueue);
    const batch = ride === 'none' ? null : outbox?.load();
    if (!batch) return next(input);
    const told: JournalBatch = { ...batch, firstRunId: workflowInfo().firstExecutionRunId };
    const headers = { ...input.headers, [journalHeader]: defaultPayloadConverter.toPayload(told) };
    const answer = next({ ...input, headers });
    if (ride === 'after') return answer;
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
