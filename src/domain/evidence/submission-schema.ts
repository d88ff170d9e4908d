import { z } from 'zod';
import { means } from '../base/means.ts';
import { digestSchema } from '../base/text-schemas.ts';

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
