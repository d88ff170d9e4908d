import { z } from 'zod';
import { outcomes, phases } from '../domain/base/phases.ts';
import type { Status } from '../domain/deployment/status.ts';
import { type MessageName, messageNames } from '../domain/messages/messages.ts';
import { actorSchema, artifactSchema, subjectSchema, timeSchema } from './common.ts';
import { answerOf } from './describe.ts';

const waitSchema = z.object({
  kind: z
    .enum([
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
    ])
    .describe('What it waits for'),
  since: timeSchema.describe('Since when it waits'),
  until: timeSchema.nullable().describe('When the wait is over; null: not by itself'),
  then: z
    .enum(['expires', 'rejects', 'rolls back', 'goes on', 'pages'])
    .describe('What happens when until comes first'),
  step: z.string().optional().describe('At which step'),
  role: z.string().optional().describe('Who may give it'),
  reason: z.string().optional().describe('Why it waits'),
  missing: z
    .array(
      z.object({ role: z.string().describe('Who may give it'), minimum: z.int().describe('How many people of it') }),
    )
    .optional()
    .describe('Approvals that are still missing'),
  who: z.array(z.string()).optional().describe('Who could give it'),
  behind: z.string().optional().describe('The deployment that holds the target'),
});

const stepSchema = z.object({
  id: z.string().describe('Its id'),
  title: z.string().describe('One line for people'),
  state: z
    .enum(['pending', 'running', 'verifying', 'passed', 'failed', 'cut-short', 'undone'])
    .describe('Where the step stands'),
  startedAt: timeSchema.nullable().describe('When it began; null: it has not'),
  endedAt: timeSchema.nullable().describe('When it ended; null: it has not'),
  attempts: z.int().describe('How often it was tried'),
});

/** As the domain's `Status` computes it. */
export const statusSchema = answerOf<Status>()(
  'Status',
  'Where a deployment stands',
  z.object({
    id: z.string().describe('Its id'),
    workflowId: z.string().describe('The id of its workflow in Temporal'),
    number: z.int().describe('Which deployment of its target it is, from 1'),
    mode: z.enum(['deployment', 'rehearsal']).describe('`rehearsal`: rolled back on purpose'),
    service: z.string().describe('The service'),
    environment: z.string().describe('The environment'),
    release: z.string().describe('The release'),
    artifact: artifactSchema.describe('What is deployed'),
    planDigest: z.string().describe('The digest of its plan'),
    requester: subjectSchema.describe('Who requested it'),
    onBehalfOf: subjectSchema.nullable().describe('For whom a robot requested it; null: for nobody'),
    requestedAt: timeSchema.describe('When it was requested'),
    type: z.enum(['standard', 'normal', 'emergency']).describe('Of which type the change is'),
    label: z.literal('EMERGENCY').nullable().describe('What stands out about it; null: nothing'),
    phase: z.enum(phases).describe('Where it stands'),
    outcome: z.enum(outcomes).nullable().describe('Null until the end'),
    cause: z.string().nullable().describe('Why it was stopped; null: it was not'),
    paused: z.boolean().describe('Whether somebody has paused it'),
    waitingFor: z.array(waitSchema).describe('What it waits for'),
    steps: z.array(stepSchema).describe('Its steps, in order'),
    approvals: z
      .array(
        z.object({
          by: actorSchema.describe('Who'),
          gate: z.string().describe('The gate'),
          role: z.string().describe('As whom'),
          at: timeSchema.describe('When'),
        }),
      )
      .describe('Approvals that count'),
    health: z
      .array(
        z.object({
          id: z.string().describe('Its id'),
          verdict: z.enum(['passed', 'failed', 'error', 'inconclusive', 'watching']).describe('What it said'),
          at: timeSchema.describe('When'),
        }),
      )
      .describe('The latest of each health check'),
    review: z
      .object({
        dueAt: timeSchema.describe('Until when'),
        closed: z
          .object({ by: actorSchema.describe('Who'), at: timeSchema.describe('When') })
          .nullable()
          .describe('Who has reviewed it; null: nobody yet'),
      })
      .nullable()
      .describe('Of an emergency that changed something'),
    ifAborted: z
      .array(z.object({ step: z.string().describe('The step'), undo: z.string().describe('What undoes it, in words') }))
      .describe('What an abort would run now, in order'),
    can: z
      .array(z.enum<readonly (MessageName | 'resolve')[]>([...messageNames, 'resolve']))
      .describe('What the caller may send now'),
    seq: z.int().describe('Number of the last entry of the journal'),
    links: z.record(z.string(), z.string()).describe('Where more of it is'),
    hint: z.string().optional().describe('What to do next, where that is not what one would think'),
  }),
);
