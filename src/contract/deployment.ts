import { z } from 'zod';
import type { DeploymentRow } from '../domain/journal/batch.ts';
import { timeSchema } from './common.ts';
import { answerOf, listOf } from './describe.ts';

const deploymentRowSchema = answerOf<DeploymentRow>()(
  'Deployment',
  'A deployment as lists show it',
  z.object({
    id: z.string().describe('Its id: `<service>.<environment>.<number>`'),
    workflowId: z.string().describe('The id of its workflow in Temporal'),
    number: z.int().describe('Which deployment of its target it is, from 1'),
    service: z.string().describe('The service'),
    environment: z.string().describe('The environment'),
    release: z.string().describe('The release'),
    artifactDigest: z.string().describe('The digest of the artifact'),
    planDigest: z.string().describe('The digest of its plan'),
    requester: z.string().describe('Who requested it'),
    requestedAt: timeSchema.describe('When it was requested'),
    phase: z.string().describe('Where it stands'),
    outcome: z.string().nullable().describe('How it ended; null: it has not'),
    endedAt: timeSchema.nullable().describe('When it ended; null: it has not'),
    lastSeq: z.int().describe('The number of the last entry of its journal'),
  }),
);
export const deploymentPageSchema = listOf('DeploymentPage', deploymentRowSchema);
