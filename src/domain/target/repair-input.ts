import type { Proof } from '../messages/messages.ts';
import type { LiveRelease } from '../plan/references.ts';
import type { TargetState } from './state.ts';

export interface PlanRepairInput {
  readonly deployment: string;
  readonly decision: 'compensate' | 'accept';
  readonly reason: string;
  readonly requester: { readonly subject: string; readonly name: string };
  readonly live: { readonly live: LiveRelease; readonly slot: string | null } | null;
  readonly target: TargetState;
  /** How far its journal had come when it said itself that it needs a person; null where it did not. */
  readonly decidedSeq: number | null;
  /** The API's word for the person who resolves. */
  readonly proof: Proof | null;
}
