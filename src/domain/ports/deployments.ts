import type { DeploymentResult } from '../target/result.ts';

/** How a deployment that is followed without a child handle has ended. */
export interface FollowedEnd {
  /** `failed`: it needs intervention, and says so itself. `terminated`: lost in any other way. */
  readonly kind: 'completed' | 'failed' | 'terminated';
  readonly result: DeploymentResult | null;
  /** What a failed one says beside. */
  readonly details?: readonly unknown[] | null;
}
