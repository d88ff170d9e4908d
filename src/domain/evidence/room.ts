/**
 * How much evidence is kept of one artifact and stage, so that the store cannot be filled: signed and unsigned evidence
 * each have their own room, so that unsigned evidence takes none from signed. A part of it is reserved for what did
 * not pass: no flood of passed statements keeps a failure out.
 */
export const evidenceRoom = {
  /** Enough for two runs of the maximum of shards. */
  statements: { all: 250, ofThem: { passed: 200 } },
  bytes: { all: 20 * 1024 * 1024, ofThem: { passed: 16 * 1024 * 1024 } },
} as const;

/** What has no room. */
export interface FullStage {
  readonly artifactDigest: string;
  readonly stage: string;
}
