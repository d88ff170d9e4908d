import type { SealedPlan } from '../plan/seals.ts';
import type { DeploymentResult } from '../target/result.ts';
import type { Target } from '../target/state.ts';

/** How a deployment that is followed without a child handle has ended. */
export interface FollowedEnd {
  /** `failed`: it needs intervention, and reported that itself. `terminated`: lost in any other way. */
  readonly kind: 'completed' | 'failed' | 'terminated';
  readonly result: DeploymentResult | null;
  /** What a failed one reports with it. */
  readonly details?: readonly unknown[] | null;
}

export interface DeploymentInput extends SealedPlan {
  readonly number: number;
  /** What the target served when the deployment was requested; what counts comes with the lock. */
  readonly presumed: Pick<Target, 'live' | 'slot'>;
}
