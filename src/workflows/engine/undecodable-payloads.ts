import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivateInput, Next, WorkflowInternalsInterceptor } from '@temporalio/workflow';

type Job = NonNullable<ActivateInput['activation']['jobs']>[number];
type Payload = Parameters<typeof defaultPayloadConverter.fromPayload>[0];

/** In place of what cannot be decoded: no argument of anything, so every reader refuses it. */
const unreadable = defaultPayloadConverter.toPayload({ undecodable: true });

/** The SDK fails a task for a signal by a name that it keeps for itself. */
const reserved = '__temporal_';

/**
 * Decodes what was sent before the SDK does: it would fail the workflow's task over bytes that it cannot decode,
 * before any handler is called, and again each time. What is no JSON reaches the handler as something that it refuses.
 */
export class UndecodableAsRefused implements WorkflowInternalsInterceptor {
  activate(input: ActivateInput, next: Next<WorkflowInternalsInterceptor, 'activate'>): void {
    for (const job of input.activation.jobs ?? []) makeReadable(job);
    next(input);
  }
}

function makeReadable({ signalWorkflow, queryWorkflow, initializeWorkflow }: Job): void {
  if (signalWorkflow?.input) signalWorkflow.input = signalWorkflow.input.map(readable);
  if (signalWorkflow?.signalName?.startsWith(reserved))
    signalWorkflow.signalName = `reserved ${signalWorkflow.signalName}`;
  if (queryWorkflow?.arguments) queryWorkflow.arguments = queryWorkflow.arguments.map(readable);
  if (initializeWorkflow?.arguments) initializeWorkflow.arguments = initializeWorkflow.arguments.map(readable);
}

function readable(payload: Payload): Payload {
  try {
    defaultPayloadConverter.fromPayload(payload);
    return payload;
  } catch {
    return unreadable;
  }
}
