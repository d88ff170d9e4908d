import { defineSignal, getExternalWorkflowHandle, type SignalDefinition } from '@temporalio/workflow';
import { fieldsOf } from '../../domain/base/fields.ts';
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

/** The holder needs a person. `seq`: its journal up to that decision. */
export interface Stuck {
  readonly number: number;
  readonly seq: number;
}

export const acquireSignal = defineSignal<[Acquire]>('acquire');
export const releaseSignal = defineSignal<[Release]>('release');
export const deliveryEndedSignal = defineSignal<[unknown]>('delivery-ended');
export const documentsEndedSignal = defineSignal<[OfDeployment]>('documents-ended');
/** A page has gone on. Anybody can send this, so the receiver reads the page itself. */
export const pageUpdatedSignal = defineSignal<[PageName]>('page-updated');
/** The journal of a page's deployment has an acknowledgement. */
export const pageAcknowledgedSignal = defineSignal<[object]>('page-acknowledged');
export const stuckSignal = defineSignal<[unknown]>('stuck');

/** Anybody can send anything: null for what is no such signal. */
export function stuckIn(raw: unknown): Stuck | null {
  const { number, seq } = fieldsOf(raw);
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
  return isCount(number) && isCount(seq) ? { number, seq } : null;
}

/** Signals a target that there is something to write behind the end of a journal. A target that is gone writes none. */
export async function signalTarget<Argument>(
  { service, environment }: TargetName,
  signal: SignalDefinition<[Argument]>,
  argument: Argument,
): Promise<void> {
  const target = getExternalWorkflowHandle(targetWorkflowId(service, environment));
  await target.signal(signal, argument).catch(() => undefined);
}
