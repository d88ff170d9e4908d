import type { Plan } from '../plan/plan.ts';
import type { LiveRelease } from '../plan/references.ts';
import type { DeploymentResult } from '../target/result.ts';
import type { Seals } from '../trust/seal.ts';

/** How a deployment that is followed without a child handle has ended. */
export interface FollowedEnd {
  /** `failed`: it needs intervention, and says so itself. `terminated`: lost in any other way. */
  readonly kind: 'completed' | 'failed' | 'terminated';
  readonly result: DeploymentResult | null;
  /** What a failed one says beside. */
  readonly details?: readonly unknown[] | null;
}
export interface DeploymentInput {
  readonly plan: Plan;
  readonly planDigest: string;
  /** The API's signatures; null where it has no key. */
  readonly seals: Seals | null;
  readonly number: number;
  /** What the target served when the deployment was requested; the lock decides what counts. */
  readonly presumed: { readonly live: LiveRelease | null; readonly slot: string | null };
}
