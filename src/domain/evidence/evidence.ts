import { z } from 'zod';
import type { ErrorCode } from '../base/error-codes.ts';
import { addFault } from '../base/issues.ts';
import { jsonSchema } from '../base/json-schema.ts';
import { means } from '../base/means.ts';
import { testResultPredicate } from '../base/predicates.ts';
import { type Stage, stages } from '../base/stages.ts';
import { digestSchema, linkSchema } from '../base/text-schemas.ts';
import type { NamedSigner } from '../policy/signers.ts';
import { type Shard, shardIn } from './shard-descriptor.ts';
import { type StatedCounts, speakAgainst } from './stated-counts.ts';

export const statementType = 'https://in-toto.io/Statement/v1';

/** A statement may be about at most so many artifacts where the sender does not name one of them. */
export const maxArtifacts = 20;

/** Times of evidence: RFC 3339 in UTC, to the second or finer. */
const timeSchema = z.iso.datetime('write a time in UTC such as 2026-11-23T08:12:40Z');

/**
 * An in-toto Statement v1 with the test-result predicate: proof that one stage passed for the artifacts that its subjects
 * name. Fields that are not known are left out, as in-toto demands, and there may be more of everything than is needed:
 * its size is what is bounded.
 */
export const statementSchema = z.object({
  _type: z.literal(statementType),
  subject: z
    .array(
      z.object({
        digest: z.object({
          sha256: z
            .string()
            .regex(/^[0-9a-f]{64}$/, 'write 64 lower-case hex digits')
            .optional(),
        }),
      }),
    )
    .refine((subjects) => subjects.some(({ digest }) => digest.sha256 !== undefined), {
      message: 'name an artifact by its digest of SHA-256',
    }),
  predicateType: z.literal(testResultPredicate),
  predicate: z
    .object({
      result: z.enum(['PASSED', 'WARNED', 'FAILED']),
      configuration: z.array(z.record(z.string(), jsonSchema)).superRefine((descriptors, context) => {
        const read = shardIn(descriptors);
        if (read.kind === 'unclear') addFault(context, read.detail, [read.index]);
      }),
      url: linkSchema.optional(),
      stage: z.enum(stages),
      startedOn: timeSchema,
      finishedOn: timeSchema,
      /** How many tests came to what, of all reports; for people. */
      counts: z.record(z.string(), z.int().min(0)).optional(),
      passedTests: z.array(z.string()).optional(),
      warnedTests: z.array(z.string()).optional(),
      failedTests: z.array(z.string()).optional(),
    })
    .refine(({ startedOn, finishedOn }) => Date.parse(startedOn) <= Date.parse(finishedOn), {
      path: ['finishedOn'],
      message: 'a stage does not finish before it starts',
    })
    .refine(({ result, failedTests = [] }) => result !== 'PASSED' || failedTests.length === 0, {
      path: ['failedTests'],
      message: 'what has PASSED has no failed tests',
    }),
});
export type Statement = z.infer<typeof statementSchema>;

/** The artifacts that a statement is about, each once. */
export function artifactsOf({ subject }: Statement): readonly string[] {
  return [...new Set(subject.flatMap(({ digest: { sha256 } }) => (sha256 === undefined ? [] : [`sha256:${sha256}`])))];
}

/** The part of a run that a statement is of; null: the whole. */
export function shardOf({ predicate }: Statement): Shard | null {
  const read = shardIn(predicate.configuration);
  return read.kind === 'shard' ? read.shard : null;
}

/** The result of a statement: one that has PASSED has failed if its counts contradict that. It is kept, so that nothing older counts in its place. */
export function resultOf({ predicate }: Statement): Statement['predicate']['result'] {
  return predicate.result === 'PASSED' && speakAgainst(predicate) ? 'FAILED' : predicate.result;
}

const submittedSchema = z
  .strictObject({
    // Both are checked by `read.ts`, so that what is refused in them can be shown.
    statement: z
      .looseObject({})
      .optional()
      .meta(means('An in-toto statement that nobody signed', { _type: 'https://in-toto.io/Statement/v1' })),
    envelope: z
      .looseObject({})
      .optional()
      .meta(means('The same, signed: a DSSE envelope', { payloadType: 'application/vnd.in-toto+json' })),
  })
  .refine(({ statement, envelope }) => (statement === undefined) !== (envelope === undefined), {
    message: 'send either an envelope or a statement',
  })
  .meta({ oneOf: [{ required: ['statement'] }, { required: ['envelope'] }] });

/** One to five statements, each in an envelope or as it is. `artifact`: the digest that all of them are meant for. */
export const evidenceSubmissionSchema = z.strictObject({
  evidence: z
    .array(submittedSchema, 'send { "evidence": [{ "envelope": … }] }')
    .min(1)
    .max(5)
    .meta(means('Statements, one for each stage or shard')),
  artifact: digestSchema
    .optional()
    .meta(means('The artifact that all of them are about; another one is refused', `sha256:${'0'.repeat(64)}`)),
});
export type EvidenceSubmission = z.infer<typeof evidenceSubmissionSchema>;

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
