import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInput, Next, WorkflowInterceptors, WorkflowOutboundCallsInterceptor } from '@temporalio/workflow';
import type { JournalOutbox } from './journal-outbox.ts';

/** The header under which entries travel. */
export const journalHeader = 'gantry-journal';

/** A compensation acts first and writes after, and never fails on the store: what rode on it rides again. */
const mayNotHaveStored = new Set(['compensate']);
/** A monitor ends when the deployment does: what rode on it would ride on everything else, too. */
const carriesNothing = new Set(['monitor']);

let outbox: JournalOutbox | null = null;

/** Makes this workflow's entries ride on its activities. */
export function attachOutbox(own: JournalOutbox): void {
  outbox = own;
}

/** Puts entries that the store may not have yet into the header of each activity; what arrived is not sent again. */
class JournalRider implements WorkflowOutboundCallsInterceptor {
  async scheduleActivity(
    input: ActivityInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'scheduleActivity'>,
  ): Promise<unknown> {
    const cargo = carriesNothing.has(input.activityType) ? null : outbox?.load();
    if (!cargo) return next(input);
    const headers = { ...input.headers, [journalHeader]: defaultPayloadConverter.toPayload(cargo) };
    const result = await next({ ...input, headers });
    if (!mayNotHaveStored.has(input.activityType)) outbox?.delivered(cargo);
    return result;
  }
}

export const interceptors = (): WorkflowInterceptors => ({ outbound: [new JournalRider()] });
