import { z } from 'zod';
import { outcomes, phases } from '../domain/base/phases.ts';
import type { Status } from '../domain/deployment/status.ts';
import { type MessageName, messageNames } from '../domain/messages/messages.ts';
import { actorSchema, artifactSchema, subjectSchema, timeSchema } from './common.ts';
import { answerOf } from './describe.ts';

const waitSchema = z.object({
  kind: z.enum([
    'notification',
    'readiness',
    'approval',
    'window',
    'target',
    'hold',
    'gate',
    'manual',
    'pause',
    'monitoring',
    'handoff',
  ]),
  since: timeSchema,
  until: timeSchema.nullable(),
  then: z
    .enum(['expires', 'rejects', 'rolls back', 'goes on', 'pages'])
    .describe('What happens when until comes first'),
  step: z.string().optional(),
  role: z.string().optional(),
  reason: z.string().optional(),
  missing: z.array(z.object({ role: z.string(), minimum: z.int() })).optional(),
  who: z.array(z.string()).optional(),
  behind: z.string().optional().describe('The deployment that holds the target'),
});

const stepSchema = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(['pending', 'running', 'verifying', 'passed', 'failed', 'cut-short', 'undone']),
  startedAt: timeSchema.nullable(),
  endedAt: timeSchema.nullable(),
  attempts: z.int(),
});

/** As the domain's `Status` computes it. */
export const statusSchema = answerOf<Status>()(
  'Status',
  'Where a deployment stands',
  z.object({
    id: z.string(),
    workflowId: z.string(),
    number: z.int(),
    mode: z.enum(['deployment', 'rehearsal']),
    service: z.string(),
    environment: z.string(),
    release: z.string(),
    artifact: artifactSchema,
    planDigest: z.string(),
    requester: subjectSchema,
    requestedAt: timeSchema,
    type: z.enum(['standard', 'normal', 'emergency']),
    label: z.literal('EMERGENCY').nullable(),
    phase: z.enum(phases),
    outcome: z.enum(outcomes).nullable().describe('Null until the end'),
    cause: z.string().nullable(),
    paused: z.boolean(),
    waitingFor: z.array(waitSchema),
    steps: z.array(stepSchema),
    approvals: z.array(z.object({ by: actorSchema, gate: z.string(), role: z.string(), at: timeSchema })),
    health: z.array(
      z.object({
        id: z.string(),
        verdict: z.enum(['passed', 'failed', 'error', 'inconclusive', 'watching']),
        at: timeSchema,
      }),
    ),
    review: z
      .object({ dueAt: timeSchema, closed: z.object({ by: actorSchema, at: timeSchema }).nullable() })
      .nullable()
      .describe('Of an emergency that changed something'),
    ifAborted: z
      .array(z.object({ step: z.string(), undo: z.string() }))
      .describe('What an abort would run now, in order'),
    can: z
      .array(z.enum<readonly (MessageName | 'resolve')[]>([...messageNames, 'resolve']))
      .describe('What the caller may send now'),
    seq: z.int().describe('Number of the last entry of the journal'),
    links: z.record(z.string(), z.string()),
    hint: z.string().optional().describe('What to do next, where that is not what one would think'),
  }),
);
