import type { Served } from '../plan/references.ts';
import type { Target } from './state.ts';

/** The result of a deployment workflow, for its target. */
export interface DeploymentResult {
  readonly outcome: string;
  /** What the target serves from now on; null: what it served before. */
  readonly serves: Served | null;
  /** Whether what serves now supersedes older requests; what a repair brings back is older than they are. */
  readonly supersedes: boolean;
  /** When an emergency that changed something is to be reviewed, ISO 8601. */
  readonly reviewDueAt?: string | null;
  /** Ids of deliveries that go on being tried after it. */
  readonly openDeliveries?: readonly string[];
}

/** The lock, as a target grants it: with its fence, and what is live then. */
export type Grant = Pick<Target, 'fence' | 'live' | 'slot'>;
