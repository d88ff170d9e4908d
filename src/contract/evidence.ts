import { z } from 'zod';
import { stages } from '../domain/base/stages.ts';
import { type EvidenceRow, type RefusedEvidence, type Submission } from '../domain/evidence/evidence.ts';
import type { Shard } from '../domain/evidence/shard-descriptor.ts';
import { timeSchema } from './common.ts';
import { type Answer, answer, answerOf } from './describe.ts';

const submissionSchema = answerOf<Submission>()(
  'Submission',
  'Who submitted evidence, and when',
  z.object({
    submittedBy: z.string().describe('Who submitted it'),
    submittedAt: timeSchema.describe('When it was submitted'),
  }),
);
const shardSchema = answerOf<Shard>()(
  'Shard',
  'Which part of a run in several jobs',
  z.object({
    run: z.string().describe('The run'),
    shard: z.int().describe('Which part of it, from 1'),
    of: z.int().describe('How many parts it has'),
  }),
);
const columns = {
  digest: z.string().describe('Of the evidence itself'),
  artifactDigest: z.string().describe('The digest of the artifact'),
  stage: z.enum(stages).describe('The stage of the pipeline'),
  result: z.enum(['PASSED', 'WARNED', 'FAILED']).describe('How it came out'),
  startedOn: timeSchema.describe('When the stage began'),
  finishedOn: timeSchema.describe('When it finished'),
  url: z.string().nullable().describe('Where its run can be seen; null: not said'),
  submittedBy: z.string().describe('Who submitted it'),
  submittedAt: timeSchema.describe('When it was submitted'),
  statement: z.string().nullable().optional().describe('Canonical JSON, of what nobody signed'),
  alsoBy: z.array(submissionSchema).optional().describe('Who submitted the same, too'),
};

const evidenceSchema = answerOf<EvidenceRow>()(
  'Evidence',
  'What proves that a stage of a pipeline passed for an artifact',
  z.object({ ...columns, envelope: z.string().nullable().optional().describe('Canonical JSON, of what was signed') }),
);
const takenEvidenceSchema = answer(
  'TakenEvidence',
  'Evidence as it was taken',
  z.object({
    ...columns,
    shard: shardSchema.nullable().describe('Which part of a run; null: all of it'),
    signers: z.array(z.string()).describe('Whose signatures were found'),
  }),
);
export const takenSchema = answer(
  'Taken',
  'What was taken of a submission',
  z.object({ evidence: z.array(takenEvidenceSchema).describe('Each statement, in the order in which they came') }),
);

const refusedEvidenceSchema = answerOf<RefusedEvidence>()(
  'RefusedEvidence',
  'Evidence that was refused, and why: it proves nothing',
  z.object({
    artifactDigest: z.string().describe('The digest of the artifact'),
    stage: z.enum(stages).nullable().describe('The stage of the pipeline; null: not known'),
    code: z.string().describe('The code of the error') as unknown as z.ZodType<RefusedEvidence['code']>,
    detail: z.string().describe('What is wrong, in a sentence'),
    submittedBy: z.string().describe('Who submitted it'),
    at: timeSchema.describe('When'),
  }),
);
export const evidenceOfArtifactSchema = answer(
  'EvidenceOfArtifact',
  'What is known of an artifact',
  z.object({
    evidence: z.array(evidenceSchema).describe('Statements, the newest first'),
    refused: z.array(refusedEvidenceSchema).describe('What was refused, and proves nothing'),
  }),
);
export type EvidenceOfArtifact = Answer<typeof evidenceOfArtifactSchema>;
