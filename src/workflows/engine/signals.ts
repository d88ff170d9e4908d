import { defineSignal } from '@temporalio/workflow';
import type { LiveRelease } from '../../domain/plan/references.ts';
import type { RecordDocumentsInput } from '../../domain/ports/documents.ts';
import type { PageName } from '../../domain/ports/notification.ts';

export interface Acquire {
  readonly number: number;
}
/** `serves`: what the target serves from now on, when the deployment was confirmed. */

export interface Release {
  readonly number: number;
  readonly serves: { readonly live: LiveRelease; readonly slot: string | null } | null;
}
/** The holder needs a person. `seq`: its journal up to that decision. */

export interface Stuck {
  readonly number: number;
  readonly seq: number;
}

export const acquireSignal = defineSignal<[Acquire]>('acquire');
export const releaseSignal = defineSignal<[Release]>('release');
export const deliveryEndedSignal = defineSignal<[unknown]>('delivery-ended');
export const documentsEndedSignal = defineSignal<[RecordDocumentsInput]>('documents-ended');
/** A page has gone on: whoever hears it looks, whoever says it. */

export const pageUpdatedSignal = defineSignal<[PageName]>('page-updated');
/** The journal of a page's deployment has an acknowledgement. */

export const pageAcknowledgedSignal = defineSignal<[object]>('page-acknowledged');
export const stuckSignal = defineSignal<[unknown]>('stuck');
/** Anybody can send anything. */

export function stuckIn(raw: unknown): Stuck | null {
  if (raw === null || typeof raw !== 'object' || !('number' in raw) || !('seq' in raw)) return null;
  const { number, seq } = raw;
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
  return isCount(number) && isCount(seq) ? { number, seq } : null;
}
