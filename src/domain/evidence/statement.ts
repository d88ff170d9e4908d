import { z } from 'zod';
import { addFault } from '../base/issues.ts';
import { jsonSchema } from '../base/json-schema.ts';
import { testResultPredicate } from '../base/predicates.ts';
import { stages } from '../base/stages.ts';
import { linkSchema } from '../base/text-schemas.ts';
import { type Shard, shardIn } from './shard-descriptor.ts';
import { speakAgainst } from './stated-counts.ts';

/** What an in-toto statement calls itself. */
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
