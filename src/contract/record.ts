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
    v: z.literal(1),
    header: z.looseObject({
      service: z.string(),
      environment: z.string(),
      release: z.string(),
      deployment: z.string(),
      workflowId: z.string(),
      state: z.enum(['draft', 'final']),
      outcome: z.enum(outcomes).nullable(),
      planDigest: z.string(),
    }),
    certification: part,
    execution: part,
    validation: part,
    changeManagement: part,
    completion: part,
  }),
);
