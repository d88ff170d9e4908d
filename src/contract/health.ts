import { z } from 'zod';
import type { HealthSoFar } from '../domain/health/so-far.ts';
import { timeSchema } from './common.ts';
import { answerOf } from './describe.ts';

const checkSchema = z.object({
  id: z.string().describe('The check'),
  samples: z.int().describe('How many samples were taken'),
  passed: z.int().describe('How many were good'),
  failed: z.int().describe('How many were bad'),
  errors: z.int().describe('How many could not be measured'),
  inconclusive: z.int().describe('How many did not tell enough'),
  badAnswersBy: z.record(z.string(), z.int()).describe('Bad answers by who gave them: a release, unnamed, or nobody'),
  latest: z
    .object({
      verdict: z.enum(['passed', 'failed', 'error', 'inconclusive']).describe('What it said'),
      endedAt: timeSchema.describe('When it ended'),
      summary: z.string().describe('What was seen, in a line'),
      answeredBy: z.string().optional().describe('Who gave this answer, while it is watched'),
    })
    .nullable()
    .describe('The sample that began last; null: none has ended'),
});

export const healthSoFarSchema = answerOf<HealthSoFar>()(
  'HealthSoFar',
  'What the health checks of a deployment have come to',
  z.object({
    state: z
      .enum(['none', 'watching', 'observed'])
      .describe('watching: counts of the monitor, which no journal has yet; observed: its last ones, of the journal'),
    at: timeSchema.nullable().describe('When the counts were taken; null: there are none'),
    worker: z.string().nullable().describe('The worker that watches, or was the last to'),
    checks: z.array(checkSchema).describe('Each of them'),
  }),
);
