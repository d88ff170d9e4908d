import { z } from 'zod';
import { stages } from '../domain/base/stages.ts';
import { type EvidenceRow, type RefusedEvidence, type Submission } from '../domain/evidence/evidence.ts';
import type { Shard } from '../domain/evidence/shards.ts';
import { timeSchema } from './common.ts';
import { type Answer, answer, answerOf } from './describe.ts';

const submissionSchema = answerOf<Submission>()(
  'Submission',
  'Who submitted evidence, and when',
  z.object({ submittedBy: z.string(), submittedAt: timeSchema }),
);
const shardSchema = answerOf<Shard>()(
  'Shard',
  'Which part of a run in several jobs',
  z.object({ run: z.string(), shard: z.int(), of: z.int() }),
);
const columns = {
  digest: z.string().describe('Of the evidence itself'),
  artifactDigest: z.string(),
  stage: z.enum(stages),
  result: z.enum(['PASSED', 'WARNED', 'FAILED']),
  startedOn: timeSchema,
  finishedOn: timeSchema,
  url: z.string().nullable(),
  submittedBy: z.string(),
  submittedAt: timeSchema,
  statement: z.string().nullable().optional().describe('Canonical JSON, of what nobody signed'),
  alsoBy: z.array(submissionSchema).optional(),
};

const evidenceSchema = answerOf<EvidenceRow>()(
  'Evidence',
  'What proves that a stage of a pipeline passed for an artifact',
  z.object({ ...columns, envelope: z.string().nullable().optional().describe('Canonical JSON, of what was signed') }),
);
const takenEvidenceSchema = answer(
  'TakenEvidence',
  'Evidence as it was taken',
  z.object({ ...columns, shard: shardSchema.nullable(), signers: z.array(z.string()) }),
);
export const takenSchema = answer(
  'Taken',
  'What was taken of a submission',
  z.object({ evidence: z.array(takenEvidenceSchema) }),
);

const refusedEvidenceSchema = answerOf<RefusedEvidence>()(
  'RefusedEvidence',
  'Evidence that was refused, and why: it proves nothing',
  z.object({
    artifactDigest: z.string(),
    stage: z.enum(stages).nullable(),
    code: z.string() as unknown as z.ZodType<RefusedEvidence['code']>,
    detail: z.string(),
    submittedBy: z.string(),
    at: timeSchema,
  }),
);
export const evidenceOfArtifactSchema = answer(
  'EvidenceOfArtifact',
  'What is known of an artifact',
  z.object({ evidence: z.array(evidenceSchema), refused: z.array(refusedEvidenceSchema) }),
);
export type EvidenceOfArtifact = Answer<typeof evidenceOfArtifactSchema>;
