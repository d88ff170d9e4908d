import type { JournaledOutcome } from '../journal/values.ts';
import type { MessageArgument } from '../messages/messages.ts';
import type { ActionStep, OutstandingCompensation } from '../plan/plan.ts';
import type { Bindings } from '../plan/references.ts';
import type { FrozenWindows } from '../policy/windows.ts';
import type { PartSeal } from '../trust/seal.ts';
import type { Refused, RunIdentity, Workplace } from './run-identity.ts';

export interface ActionInput {
  readonly runIdentity: RunIdentity;
  readonly workplace: Workplace;
  readonly step: ActionStep;
  /** Of the step; null in a deployment that was requested without the API's seal. */
  readonly seal: PartSeal | null;
  readonly attempt: number;
  readonly bindings: Bindings;
  /** Whose approval the deployment stands on, with the role it counts for. */
  readonly approvers: readonly { readonly subject: string; readonly role: string }[];
  /** What they said, with the API's word for it, so that a worker need not believe whoever asks. */
  readonly approvals: readonly MessageArgument<'approve'>[];
  /** The plan's. A window that has closed since the first change holds nothing back; it is only told. */
  readonly windows: FrozenWindows | null;
  /** How long a store that gives no answer is waited for before the effect, in milliseconds. */
  readonly storePatienceMs: number;
}
export type ActionResult =
  | {
      readonly kind: 'acted';
      readonly outcome: JournaledOutcome;
      /** Why a deployment might not begin now, as evaluated right before the effect; null: it might. */
      readonly windowClosed: string | null;
    }
  | Refused
  /** Nothing has happened, and the attempt may be made again. */
  | { readonly kind: 'not-begun'; readonly why: string };

export interface CompensationInput {
  readonly runIdentity: RunIdentity;
  readonly workplace: Workplace;
  readonly outstanding: OutstandingCompensation;
  /** Of the compensation. */
  readonly seal: PartSeal | null;
  readonly attempt: number;
  readonly bindings: Bindings;
  /** How long "not done" must hold until it is believed, in milliseconds; 0: it is believed at once. */
  readonly settleMs: number;
}
export type CompensationResult =
  | {
      readonly kind: 'done' | 'skipped' | 'failed';
      readonly readBack: string;
      readonly summary: string;
      /** When a worker began with it, before it evaluated or looked at anything. */
      readonly startedAt: string;
      readonly endedAt: string;
      readonly worker: string;
    }
  | Refused;
