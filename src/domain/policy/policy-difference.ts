/** How a policy differs from what a plan has frozen of its own. */
export interface PolicyChange {
  /** Digest of the whole file. */
  readonly digest: string;
  /** Places in the plan's `policy` that would be frozen otherwise now; of many, the first. */
  readonly changed: readonly string[];
  /** How many there are. */
  readonly count: number;
}
