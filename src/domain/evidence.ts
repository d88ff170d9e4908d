import { z } from 'zod';
import { formatDuration } from './duration.ts';
import { notAvailableYet } from './issues.ts';
import { freeTextSchema, linkSchema } from './names.ts';

/** The five stages of the validation pipeline, in their order. */
export const stages = ['integration', 'context', 'system', 'learning', 'production'] as const;
export type Stage = (typeof stages)[number];

export const testResultPredicate = 'https://in-toto.io/attestation/test-result/v0.1';

/** Times of evidence: RFC 3339 in UTC, to the second or finer. */
const timeSchema = z.iso.datetime('write a time in UTC such as 2026-11-23T08:12:40Z');

/** An in-toto Statement v1 with the test-result predicate: proof that one stage passed for one artifact digest. */
export const statementSchema = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z
    .array(
      z.strictObject({
        name: freeTextSchema(512).optional(),
        digest: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/, 'write 64 lower-case hex digits') }),
      }),
    )
    .length(1),
  predicateType: z.literal(testResultPredicate),
  predicate: z
    .strictObject({
      result: z.enum(['PASSED', 'WARNED', 'FAILED']),
      configuration: z.array(z.record(z.string().max(100), z.json())).max(50),
      url: linkSchema.optional(),
      stage: z.enum(stages),
      startedOn: timeSchema,
      finishedOn: timeSchema,
      passedTests: z.array(freeTextSchema(300)).max(500).optional(),
      warnedTests: z.array(freeTextSchema(300)).max(500).optional(),
      failedTests: z.array(freeTextSchema(300)).max(500).optional(),
    })
    .refine(({ startedOn, finishedOn }) => Date.parse(startedOn) <= Date.parse(finishedOn), {
      path: ['finishedOn'],
      message: 'a stage does not finish before it starts',
    }),
});
export type Statement = z.infer<typeof statementSchema>;

export const evidenceSubmissionSchema = z.strictObject({
  evidence: z
    .array(
      z.strictObject({ statement: statementSchema, envelope: notAvailableYet('signed evidence') }),
      'send { "evidence": [{ "statement": … }] }',
    )
    .min(1)
    .max(5),
});

/** Evidence as the store keeps it. `digest` is that of the statement's canonical JSON. */
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
}

export interface StageFinding {
  readonly stage: Stage;
  readonly verdict: 'passed' | 'failed';
  /** Why it does not pass: `missing`, `failed`, `too-old`, `from-the-future`, `out-of-order`. */
  readonly fault: 'missing' | 'failed' | 'too-old' | 'from-the-future' | 'out-of-order' | null;
  readonly required: string;
  readonly found: string;
  readonly evidence: EvidenceRow | null;
}

/** Clocks of pipelines may be ahead by this much. */
const aheadMs = 60_000;
const toSecond = (time: string) => Math.floor(Date.parse(time) / 1000);

/** The newest statement of a stage counts: by `finishedOn`, then by arrival. */
export function newestOf(rows: readonly EvidenceRow[], stage: Stage): EvidenceRow | undefined {
  return rows
    .filter((row) => row.stage === stage)
    .sort(
      (a, b) =>
        Date.parse(b.finishedOn) - Date.parse(a.finishedOn) || Date.parse(b.submittedAt) - Date.parse(a.submittedAt),
    )[0];
}

/**
 * Judges all five stages for one artifact digest. `rows` are what the store has for it, `now` is in milliseconds.
 * Only `PASSED` passes; age counts from `finishedOn`; a stage starts no earlier than the stage before it finished,
 * compared to the second.
 */
export function judgeStages(
  rows: readonly EvidenceRow[],
  artifactDigest: string,
  now: number,
  maxAgeMs: number,
): readonly StageFinding[] {
  const own = rows.filter((row) => row.artifactDigest === artifactDigest);
  return stages.map((stage, index) => {
    const before = stages[index - 1];
    const required = `passed${before ? `, after ${before}` : ''}, ≤ ${formatDuration(maxAgeMs)}`;
    const row = newestOf(own, stage);
    if (!row)
      return {
        stage,
        verdict: 'failed',
        fault: 'missing',
        required,
        found: 'no evidence for this artifact digest',
        evidence: null,
      };
    const previous = before && newestOf(own, before);
    const fault =
      row.result !== 'PASSED'
        ? ('failed' as const)
        : Date.parse(row.finishedOn) > now + aheadMs
          ? ('from-the-future' as const)
          : Date.parse(row.finishedOn) < now - maxAgeMs
            ? ('too-old' as const)
            : before && (!previous || toSecond(row.startedOn) < toSecond(previous.finishedOn))
              ? ('out-of-order' as const)
              : null;
    const found = {
      none: `finished ${row.finishedOn}, unsigned, submitted by ${row.submittedBy}`,
      failed: `result ${row.result}`,
      'from-the-future': `finished ${row.finishedOn}, which is ahead of now`,
      'too-old': `finished ${row.finishedOn}, too long ago`,
      'out-of-order': `started ${row.startedOn}, before ${before ?? ''} finished${previous ? ` ${previous.finishedOn}` : ''}`,
    }[fault ?? 'none'];
    return { stage, verdict: fault ? 'failed' : 'passed', fault, required, found, evidence: row };
  });
}
