import { z } from 'zod';
import type { Subject } from '../domain/base/subject.ts';
import type { Actor } from '../domain/journal/values.ts';
import type { LiveRelease } from '../domain/plan/references.ts';
import { answerOf } from './describe.ts';

export const timeSchema = z.string().describe('ISO 8601, UTC');
export const artifactSchema = z.object({
  uri: z.string().describe('Where it is'),
  digest: z.string().describe('sha256:…'),
});

export const subjectFields = {
  subject: z.string().describe('Whose key or login it is: `key:alice`'),
  name: z.string().describe('Their name, as the policy has it'),
};
export const subjectSchema = answerOf<Subject>()('Subject', 'A person or robot', z.object(subjectFields));

export const actorSchema = answerOf<Actor>()(
  'Actor',
  'Who did something, and whether the API vouched for it',
  z.object({
    ...subjectFields,
    via: z.enum(['api', 'update', 'signal']).describe('By which door it came'),
    identity: z.enum(['verified', 'asserted']).describe('`verified`: the API vouches for it'),
    verifiedAt: timeSchema.optional().describe('When the store last confirmed their key; absent: just then'),
  }),
);

export const liveReleaseSchema = answerOf<LiveRelease>()(
  'LiveRelease',
  'What a target serves',
  z.object({
    release: z.string().describe('The release that serves'),
    artifact: artifactSchema.describe('What serves'),
    since: timeSchema.describe('Since when it serves'),
    deployment: z.string().nullable().describe('Null: it was adopted'),
    adopted: z
      .object({ by: subjectSchema.describe('Who'), reason: z.string().describe('How they know') })
      .optional()
      .describe('Who said that it serves, where nobody deployed it'),
  }),
);
