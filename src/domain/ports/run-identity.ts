import type { ErrorCode } from '../base/error-codes.ts';
import type { Warrant } from '../messages/warrant.ts';
import type { Bindings } from '../plan/bindings.ts';
import type { Plan } from '../plan/plan.ts';
import type { PartSeal } from '../trust/seal.ts';

/** Who acts, and by which grant and proof. The guard verifies it right before an effect. */
export interface RunIdentity {
  readonly deployment: string;
  /** `service/environment`. */
  readonly target: string;
  readonly fence: number;
  readonly runId: string;
  readonly firstRunId: string;
  /** Set when this run goes on from another one by continue-as-new; a reset sets no such thing. */
  readonly continuedFrom: string | null;
  /** The API's proof for this run; null where there is none. */
  readonly warrant: Warrant | null;
}

/** Where an effect finds its commands, and what they must still be. */
export interface Workplace {
  readonly procedure: string;
  readonly inline: boolean;
  readonly files: Plan['files'];
  /** What slots references may mean. */
  readonly slots: Plan['slots'];
  /** Of all this, with the target that it is sealed for. */
  readonly seal: PartSeal | null;
}

/** What every activity that acts or observes for a run is given beside its own part of the plan. */
export interface OfRun {
  readonly runIdentity: RunIdentity;
  readonly workplace: Workplace;
  readonly bindings: Bindings;
  /** Of that part; null in a deployment that was requested without the API's seal. */
  readonly seal: PartSeal | null;
}

/** The guard refused: nothing has happened. */
export interface Refused {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  readonly detail: string;
}
