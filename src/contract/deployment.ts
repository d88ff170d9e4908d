import { z } from 'zod';
import type { DeploymentRow } from '../domain/journal/batch.ts';
import { timeSchema } from './common.ts';
import { answerOf, listOf } from './describe.ts';

const deploymentRowSchema = answerOf<DeploymentRow>()(
  'Deployment',
  'A deployment as lists show it',
  z.object({
    id: z.string(),
    workflowId: z.string(),
    number: z.int(),
    service: z.string(),
    environment: z.string(),
    release: z.string(),
    artifactDigest: z.string(),
    planDigest: z.string(),
    requester: z.string(),
    requestedAt: timeSchema,
    phase: z.string(),
    outcome: z.string().nullable(),
    endedAt: timeSchema.nullable(),
    lastSeq: z.int(),
  }),
);
export const deploymentPageSchema = listOf('DeploymentPage', deploymentRowSchema);
