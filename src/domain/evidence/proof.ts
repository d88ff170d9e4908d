import type { EvidenceRow, Vouched } from './evidence.ts';
import type { StatedCounts } from './stated-counts.ts';

/** What proves a stage or keeps it from being proven: one statement, or what the shards of one run come to. */
export interface Proof {
  readonly row: EvidenceRow;
  /** Who vouches for it. */
  readonly vouched: Vouched;
  /** Age counts from here, ISO 8601: of a run in shards the first of them, so that none is older than is allowed. */
  readonly agedFrom: string;
  readonly counts: StatedCounts | null;
  readonly run: Run | null;
}

export const worseFirst: Readonly<Record<EvidenceRow['result'], number>> = { FAILED: 0, WARNED: 1, PASSED: 2 };

/** A run in shards. */
export interface Run {
  readonly name: string;
  /** Of how many shards; several numbers where they contradict each other. */
  readonly of: readonly number[];
  readonly missing: readonly number[];
  /** Shards that have not passed, with every result that they stand for. */
  readonly bad: readonly { readonly shard: number; readonly results: readonly string[] }[];
  /** Of how many shards the tests are counted. */
  readonly counted: number;
}
