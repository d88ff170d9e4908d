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
    about: z.enum(['window', 'target', 'order', 'release']),
    says: z.string(),
    opens: timeSchema.nullable().optional().describe('Of a window; null: not by itself'),
    deployments: z.array(z.string()).optional(),
  }),
);

const stepSchema = answerOf<StepInWords>()(
  'StepInWords',
  'What a step would do, undo, read back and verify',
  z.object({
    id: z.string(),
    title: z.string(),
    parts: z.array(
      z.object({ name: z.enum(['do', 'undo', 'done', 'verify', 'hold', 'gate', 'manual']), text: z.string() }),
    ),
  }),
);

const checksSchema = answerOf<ChecksInWords>()(
  'ChecksInWords',
  'What is measured beside the steps, with its thresholds',
  z.object({
    part: z.enum(['health', 'smoke', 'performance', 'integrations', 'features', 'rollback', 'monitoring']),
    says: z.array(z.string()),
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
    required: z.string(),
    found: z.string().optional(),
    missing: z.array(z.object({ role: z.string(), minimum: z.int() })).optional(),
    who: z
      .array(z.object({ subject: z.string(), name: z.string(), role: z.string() }))
      .optional()
      .describe('Who could give it'),
    fault: (z.string() as unknown as z.ZodType<NonNullable<PreviewedGate['fault']>>).optional(),
    reason: z.string().optional(),
    opens: timeSchema.nullable().optional(),
  }),
);

export const previewSchema = answer(
  'Preview',
  'The plan as it would be frozen, every gate, and what differs from the plan that ran last',
  z.object({
    ...frozenPlan,
    ...changedSinceLast,
    outlook: z.array(noticeSchema),
    steps: z
      .array(stepSchema)
      .describe('What would be done, with the commands and addresses of what the target serves now'),
    checks: z
      .array(checksSchema)
      .describe('Health, the four groups of validation, the rollback and the monitoring period'),
    maxDurationMs: z.int(),
    gates: z.array(gateSchema),
    sameName: z
      .array(z.object({ deployment: z.string(), artifactDigest: z.string() }))
      .describe('Deployments whose release has the same name and another digest; newest first'),
  }),
);
export type Preview = Answer<typeof previewSchema>;
