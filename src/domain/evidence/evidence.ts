import { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import { digestSchema, freeTextSchema, linkSchema } from '../names.ts';
import { envelopeSchema } from './envelope.ts';

/** The five stages of the validation pipeline, in their order. */
export const stages = ['integration', 'context', 'system', 'learning', 'production'] as const;
export type Stage = (typeof stages)[number];

export const testResultPredicate = 'https://in-toto.io/attestation/test-result/v0.1';

/** Times of evidence: RFC 3339 in UTC, to the second or finer. */
const timeSchema = z.iso.datetime('write a time in UTC such as 2026-11-23T08:12:40Z');

/**
 * An in-toto Statement v1 with the test-result predicate: proof that one stage passed for one artifact digest. Fields that
 * are not known are left out, as in-toto demands.
 */
export const statementSchema = z.object({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z
    .array(
      z.object({
        name: freeTextSchema(512).optional(),
        digest: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/, 'write 64 lower-case hex digits') }),
      }),
    )
    .length(1),
  predicateType: z.literal(testResultPredicate),
  predicate: z
    .object({
      result: z.enum(['PASSED', 'WARNED', 'FAILED']),
      configuration: z.array(z.record(z.string().max(100), z.json())).max(50),
      url: linkSchema.optional(),
      stage: z.enum(stages),
      startedOn: timeSchema,
      finishedOn: timeSchema,
      /** How many tests came to what, of all reports; for people. */
      counts: z.record(z.string().max(100), z.int().min(0)).optional(),
      passedTests: z.array(freeTextSchema(300)).optional(),
      warnedTests: z.array(freeTextSchema(300)).optional(),
      failedTests: z.array(freeTextSchema(300)).optional(),
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

const submittedSchema = z
  .strictObject({
    /** Looked into by `readStatement`, so that what is refused in it can be shown. */
    statement: z.looseObject({}).optional(),
    envelope: envelopeSchema.optional(),
  })
  .refine(({ statement, envelope }) => (statement === undefined) !== (envelope === undefined), {
    message: 'send either an envelope or a statement',
  });

/** One to five statements, each in an envelope or as it is. `artifact`: the digest that all of them are meant for. */
export const evidenceSubmissionSchema = z.strictObject({
  evidence: z.array(submittedSchema, 'send { "evidence": [{ "envelope": … }] }').min(1).max(5),
  artifact: digestSchema.optional(),
});
export type EvidenceSubmission = z.infer<typeof evidenceSubmissionSchema>;

/** Evidence as the store keeps it. `digest` is that of the canonical JSON of the envelope or, without one, the statement. */
export interface EvidenceRow {
  readonly digest: string;
  readonly artifactDigest: string;
  readonly stage: Stage;
  readonly result: 'PASSED' | 'WARNED' | 'FAILED';
  readonly startedOn: string;
  readonly finishedOn: string;
  readonly url: string | null;
  readonly submittedBy: string;
  readonly submittedAt: string;
  /** The envelope's canonical JSON; absent or null for what nobody signed. */
  readonly envelope?: string | null;
}

/** A submission that was refused: it proves nothing, and a stage that does not pass says so. */
export interface RefusedEvidence {
  /** What it claimed to be about. */
  readonly artifactDigest: string;
  readonly stage: Stage | null;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly submittedBy: string;
  readonly at: string;
}

export type StageFault = 'missing' | 'failed' | 'too-old' | 'from-the-future' | 'out-of-order' | 'unsigned' | ErrorCode;

export interface StageFinding {
  readonly stage: Stage;
  /** `waived`: too old, which an emergency of this policy may be. */
  readonly verdict: 'passed' | 'failed' | 'waived';
  /**
   * Why it does not pass: `missing`, `failed`, `too-old`, `from-the-future`, `out-of-order`; `unsigned`, or the code with
   * which its signature is refused.
   */
  readonly fault: StageFault | null;
  readonly required: string;
  readonly found: string;
  readonly evidence: EvidenceRow | null;
}
