import type { ErrorCode } from '../base/error-codes.ts';
import { type Stage } from '../base/stages.ts';
import type { NamedSigner } from '../policy/signers-schema.ts';
import { type Shard } from './shard-descriptor.ts';
import { type StatedCounts } from './stated-counts.ts';
import type { Statement } from './statement.ts';

/**
 * Evidence as the store keeps it, filed under one artifact. `digest` is that of the canonical JSON of the envelope or,
 * without one, the statement; of a run in shards that of the JSON list of its shards' digests.
 */
export interface EvidenceRow extends Submission {
  readonly digest: string;
  readonly artifactDigest: string;
  readonly stage: Stage;
  readonly result: Statement['predicate']['result'];
  readonly startedOn: string;
  readonly finishedOn: string;
  readonly url: string | null;
  /** The envelope's canonical JSON; absent or null where it is unsigned. */
  readonly envelope?: string | null;
  /** The canonical JSON of an unsigned statement. */
  readonly statement?: string | null;
  /** Others who submitted the very same, each once, in the order of their coming. */
  readonly alsoBy?: readonly Submission[];
}

export interface Submission {
  readonly submittedBy: string;
  readonly submittedAt: string;
}

/** What a verdict shows of a statement. */
export interface Stated {
  readonly shard: Shard | null;
  readonly counts: StatedCounts | null;
}

/** A submission that was refused: it proves nothing, and the finding of its stage shows it. */
export interface RefusedEvidence {
  /** What it claimed to be about. */
  readonly artifactDigest: string;
  readonly stage: Stage | null;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly submittedBy: string;
  readonly at: string;
}

/** Why evidence that counts does not pass its stage. `incomplete`: shards of its run are missing, or contradict each other. */
export type ProofFault = 'failed' | 'incomplete' | 'from-the-future' | 'too-old' | 'out-of-order';
/** Or why there is none that counts; a code is that with which its signature is refused. */
export type StageFault = 'missing' | 'unsigned' | ProofFault | ErrorCode;

/** What a stage passes by, as data: a later evaluation reads this and not the sentence. */
export interface EvidenceProof {
  readonly kind: 'evidence';
  /** Age counts from here, ISO 8601: of a run in shards the first of them. */
  readonly agedFrom: string;
  readonly vouched: Vouched;
  /** How many newer statements did not count. */
  readonly passedOver: number;
}

/** Who vouches for a proof. */
export type Vouched =
  /** A group for each statement that it takes: the signers of one group have signed the same. */
  | { readonly how: 'signed'; readonly by: readonly (readonly Pick<NamedSigner, 'name' | 'keyId'>[])[] }
  /** Each of these subjects vouches for a part of it. */
  | { readonly how: 'unsigned' | 'signature-not-asked-for'; readonly submittedBy: readonly string[] };

export interface StageFinding {
  readonly stage: Stage;
  /** `waived`: too old, which an emergency of this policy may be. */
  readonly verdict: 'passed' | 'failed' | 'waived';
  readonly fault: StageFault | null;
  readonly required: string;
  readonly found: string;
  readonly evidence: EvidenceRow | null;
  /** Null: there is no evidence that counts. */
  readonly proof: EvidenceProof | null;
}
