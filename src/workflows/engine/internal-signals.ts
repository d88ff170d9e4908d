import { defineSignal, getExternalWorkflowHandle, type SignalDefinition } from '@temporalio/workflow';
import { type TargetName, targetWorkflowId } from '../../domain/base/ids.ts';
import type { Served } from '../../domain/plan/references.ts';
import type { OfDeployment } from '../../domain/ports/callers.ts';
import type { PageName } from '../../domain/ports/notification.ts';

export interface Acquire {
  readonly number: number;
}

/** `serves`: what the target serves from now on, when the deployment was confirmed. */
export interface Release {
  readonly number: number;
  readonly serves: Served | null;
}

export const acquireSignal = defineSignal<[Acquire]>('acquire');
export const releaseSignal = defineSignal<[Release]>('release');
export const deliveryEndedSignal = defineSignal<[unknown]>('delivery-ended');
export const documentsEndedSignal = defineSignal<[OfDeployment]>('documents-ended');
/** A page has gone on. Anybody can send this, so the receiver reads the page itself. */
export const pageUpdatedSignal = defineSignal<[PageName]>('page-updated');
/** The journal of a page's deployment has an acknowledgement. */
export const pageAcknowledgedSignal = defineSignal<[object]>('page-acknowledged');
/** The holder of the lock needs a person. */
export const stuckSignal = defineSignal<[unknown]>('stuck');

/** Signals a target that there is something to write behind the end of a journal. A target that is gone writes none. */
export async function signalTarget<Argument>(
  { service, environment }: TargetName,
  signal: SignalDefinition<[Argument]>,
  argument: Argument,
): Promise<void> {
  const target = getExternalWorkflowHandle(targetWorkflowId(service, environment));
  await target.signal(signal, argument).catch(() => undefined);
}
