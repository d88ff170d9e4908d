import { z } from 'zod';
import { outcomes } from '../domain/base/phases.ts';
import type { DeploymentRecord } from '../domain/record/record.ts';
import { partOf } from './describe.ts';

const part = z.looseObject({});
/** Its five parts are the sections of the Markdown, with digests and texts whole; `src/domain/record/record.ts` has their types. */
export const recordSchema = partOf<DeploymentRecord>()(
  'Record',
  'The record of one deployment',
  z.object({
    v: z.literal(1).describe('The version of this format'),
    header: z
      .looseObject({
        service: z.string().describe('The service'),
        environment: z.string().describe('The environment'),
        release: z.string().describe('The release'),
        deployment: z.string().describe('The id of the deployment'),
        workflowId: z.string().describe('The id of its workflow in Temporal'),
        state: z.enum(['draft', 'final']).describe('`draft` while the deployment runs'),
        outcome: z.enum(outcomes).nullable().describe('How it ended; null: it has not'),
        planDigest: z.string().describe('The digest of its plan'),
      })
      .describe('What it is about'),
    certification: part.describe('What was proven before the change'),
    execution: part.describe('What was done, and what health said meanwhile'),
    validation: part.describe('What was measured afterwards'),
    changeManagement: part.describe('What was changed, who was told, and who took over'),
    completion: part.describe('Whether everything was satisfied, and what policy does not require'),
  }),
);
