import type { EvidenceProof } from '../evidence/evidence.ts';
import type { HoldingFreeze } from '../policy/windows-schema.ts';

/**
 * What a gate rests on, as data, where it is not in the rest of the journal. `found` says the same in words, for people
 * only: no program reads it.
 */
export type GateProof = EvidenceProof | RehearsalProof | WindowProof;

/** The rollback that was carried out on purpose, or for a reason, and counts as a rehearsal. */
export interface RehearsalProof {
  readonly kind: 'rehearsal';
  /** The deployment that was rolled back. */
  readonly deployment: string;
  readonly environment: string;
  /** When its rollback was verified, ISO 8601. */
  readonly verifiedAt: string;
}

export interface WindowProof {
  readonly kind: 'window';
  /** When it opens next, of one that is closed; null: it is open, or never opens as far as can be seen. ISO 8601. */
  readonly opensAt: string | null;
  /** When it closes; null: not within sight. ISO 8601. */
  readonly closesAt: string | null;
  /** Made by people, and holding it closed. */
  readonly freezes: readonly HoldingFreeze[];
}
