import type { LiveRelease } from '../plan/references.ts';

/** What a deployment workflow answers to its target. */
export interface DeploymentResult {
  readonly outcome: string;
  /** What the target serves from now on; null: what it served before. */
  readonly serves: Served | null;
  /** Whether older requests are superseded by what serves now; a repair only brings back what they are newer than. */
  readonly supersedes: boolean;
  /** When an emergency that changed something is to be reviewed, ISO 8601. */
  readonly reviewDueAt?: string | null;
  /** Ids of deliveries that go on being tried after it. */
  readonly openDeliveries?: readonly string[];
}

export interface Served {
  readonly live: LiveRelease;
  readonly slot: string | null;
}

/** The lock, as a target grants it: by which fence, and what is live by then. */
export interface Grant {
  readonly fence: number;
  readonly live: LiveRelease | null;
  readonly slot: string | null;
}
