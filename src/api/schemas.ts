import { z } from 'zod';
import { digestSchema, freeTextSchema, nameSchema } from '../domain/names.ts';
import type { Status } from '../domain/status.ts';
import { problemSchema } from './problem.ts';

const loose = z.looseObject({});

/** The status of a deployment; `src/domain/status.ts` has it in full. */
export const statusSchema = z
  .looseObject({
    id: z.string(),
    workflowId: z.string(),
    number: z.int(),
    service: z.string(),
    environment: z.string(),
    release: z.string(),
    planDigest: z.string(),
    requestedAt: z.string(),
    phase: z.string(),
    outcome: z.string().nullable(),
    paused: z.boolean(),
    waitingFor: z.array(loose),
    steps: z.array(loose),
    can: z.array(z.string()),
    seq: z.int(),
    links: z.record(z.string(), z.string()),
  })
  .describe('Where a deployment stands') as unknown as z.ZodType<Status>; // documents; typed code makes the answer

export const anyObject = loose;
export const idParams = z.strictObject({ id: freeTextSchema(200) });
export const targetParams = z.strictObject({ service: nameSchema, environment: nameSchema });
export const digestQuery = z.strictObject({ digest: digestSchema });

/** The answers that any route may give instead of its own. */
export const problems = { '4xx': problemSchema, '5xx': problemSchema } as const;
