import { z } from 'zod';
import type { Subject } from '../domain/base/subject.ts';
import type { Actor } from '../domain/journal/values.ts';
import type { LiveRelease } from '../domain/plan/references.ts';
import { answerOf } from './describe.ts';

export const timeSchema = z.string().describe('ISO 8601, UTC');
export const artifactSchema = z.object({ uri: z.string(), digest: z.string().describe('sha256:…') });

export const subjectFields = { subject: z.string(), name: z.string() };
export const subjectSchema = answerOf<Subject>()('Subject', 'A person or robot', z.object(subjectFields));

export const actorSchema = answerOf<Actor>()(
  'Actor',
  'Who did something, and whether the API vouched for it',
  z.object({
    ...subjectFields,
    via: z.enum(['api', 'update', 'signal']),
    identity: z.enum(['verified', 'asserted']),
    verifiedAt: timeSchema.optional(),
  }),
);

export const liveReleaseSchema = answerOf<LiveRelease>()(
  'LiveRelease',
  'What a target serves',
  z.object({
    release: z.string(),
    artifact: artifactSchema,
    since: timeSchema,
    deployment: z.string().nullable().describe('Null: it was adopted'),
    adopted: z.object({ by: subjectSchema, reason: z.string() }).optional(),
  }),
);
