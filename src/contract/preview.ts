import { z } from 'zod';
import type { PreviewedGate } from '../domain/gates/gate.ts';
import type { Notice } from '../domain/planning/notices.ts';
import type { ChecksInWords, StepInWords } from '../domain/planning/steps-in-words.ts';
import { timeSchema } from './common.ts';
import { type Answer, answer, answerOf } from './describe.ts';
import { changedSinceLast, frozenPlan } from './plan.ts';

const noticeSchema = answerOf<Notice>()(
  'Notice',
  'What would hold a deployment or become of it, as far as it is known now',
  z.object({
    about: z.enum(['window', 'target', 'order', 'release']).describe('What it is about'),
    says: z.string().describe('What it says'),
    opens: timeSchema.nullable().optional().describe('Of a window; null: not by itself'),
    deployments: z.array(z.string()).optional().describe('Which deployments'),
  }),
);

const stepSchema = answerOf<StepInWords>()(
  'StepInWords',
  'What a step would do, undo, read back and verify',
  z.object({
    id: z.string().describe('The id of the step'),
    title: z.string().describe('One line for people'),
    parts: z
      .array(
        z.object({
          name: z.enum(['do', 'undo', 'done', 'verify', 'hold', 'gate', 'manual']).describe('Which of these'),
          text: z.string().describe('What it is, in words'),
        }),
      )
      .describe('What it does, undoes, reads back and verifies'),
  }),
);

const checksSchema = answerOf<ChecksInWords>()(
  'ChecksInWords',
  'What is measured beside the steps, with its thresholds',
  z.object({
    part: z
      .enum(['health', 'smoke', 'performance', 'integrations', 'features', 'rollback', 'monitoring'])
      .describe('Which checks'),
    says: z.array(z.string()).describe('What it says'),
  }),
);

const gateSchema = answerOf<PreviewedGate>()(
  'PreviewedGate',
  'A gate as far as it can be told before anything is requested',
  z.object({
    gate: z.string().describe('A step that waits for people goes by its id'),
    state: z
      .enum(['passed', 'waived', 'waiting', 'blocked', 'not-required'])
      .describe('blocked: a request made now would end here'),
    required: z.string().describe('What it asks for'),
    found: z.string().optional().describe('What it found'),
    missing: z
      .array(z.object({ role: z.string().describe('The role'), minimum: z.int().describe('How many people of it') }))
      .optional()
      .describe('Approvals that are still missing'),
    who: z
      .array(
        z.object({
          subject: z.string().describe('Their subject: `key:alice`'),
          name: z.string().describe('Their name'),
          role: z.string().describe('The role'),
        }),
      )
      .optional()
      .describe('Who could give it'),
    fault: (z.string() as unknown as z.ZodType<NonNullable<PreviewedGate['fault']>>)
      .optional()
      .describe('The code of what is wrong'),
    reason: z.string().optional().describe('Why'),
    opens: timeSchema.nullable().optional().describe('When it opens; null: not by itself'),
  }),
);

export const previewSchema = answer(
  'Preview',
  'The plan as it would be frozen, every gate, and what differs from the plan that ran last',
  z.object({
    ...frozenPlan,
    ...changedSinceLast,
    outlook: z.array(noticeSchema).describe('What would hold it, or become of it'),
    steps: z
      .array(stepSchema)
      .describe('What would be done, with the commands and addresses of what the target serves now'),
    checks: z
      .array(checksSchema)
      .describe('Health, the four groups of validation, the rollback and the monitoring period'),
    maxDurationMs: z.int().describe('The longest that it may take, in milliseconds'),
    gates: z.array(gateSchema).describe('Every gate'),
    sameName: z
      .array(
        z.object({
          deployment: z.string().describe('The deployment'),
          artifactDigest: z.string().describe('The digest of the artifact'),
        }),
      )
      .describe('Deployments whose release has the same name and another digest; newest first'),
  }),
);
export type Preview = Answer<typeof previewSchema>;
