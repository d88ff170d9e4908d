import type { JournaledOutcome } from '../journal/values.ts';
import type { MessageArgument } from '../messages/messages.ts';
import type { ActionStep, OutstandingCompensation } from '../plan/plan.ts';
import type { Filled } from '../policy/quorum.ts';
import type { FrozenWindows } from '../policy/windows-schema.ts';
import type { OfRun, Refused } from './run-identity.ts';

export interface ActionInput extends OfRun {
  readonly step: ActionStep;
  readonly attempt: number;
  /** Who has approved, with the role that counts. */
  readonly approvers: readonly Filled[];
  /** Their messages with the API's proofs, so that a worker can verify them. */
  readonly approvals: readonly MessageArgument<'approve'>[];
  /** The plan's. A window that has closed since the first change blocks nothing; it is reported. */
  readonly windows: FrozenWindows | null;
  /** How long to wait for a store that does not answer before the effect, in milliseconds. */
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

export interface CompensationInput extends OfRun {
  readonly outstanding: OutstandingCompensation;
  readonly attempt: number;
  /** How long "not done" must hold until it is believed, in milliseconds; 0: it is believed at once. */
  readonly settleMs: number;
}

export type CompensationResult =
  | {
      readonly kind: 'done' | 'skipped' | 'failed';
      readonly readBack: string;
      readonly summary: string;
      /** When a worker began with it, before it evaluated or read back anything. */
      readonly startedAt: string;
      readonly endedAt: string;
      readonly worker: string;
    }
  | Refused;
