import { z } from 'zod';
import type { Difference } from '../domain/base/differences.ts';
import { jsonSchema } from '../domain/base/json-schema.ts';
import type { Change, Plan } from '../domain/plan/plan.ts';
import { artifactSchema, subjectSchema } from './common.ts';
import { answer, answerOf, partOf } from './describe.ts';

const changeSchema = answerOf<Change>()(
  'Change',
  'What is changed and why, as whoever requested it says',
  z.object({
    summary: z.string(),
    reason: z.string(),
    type: z.enum(['standard', 'normal', 'emergency']),
    risk: z.enum(['low', 'medium', 'high']).nullable(),
    impact: z.string().nullable(),
    ticket: z.string().nullable(),
    authors: z.array(z.string()),
    onBehalfOf: z.string().nullable(),
    initial: z.boolean(),
  }),
);

/** The parts for people; the rest is for programs of the same build. */
export const planSchema = partOf<Plan>()(
  'Plan',
  'A procedure, a release and a policy, resolved and frozen',
  z.looseObject({
    v: z.literal(1),
    mode: z.enum(['deployment', 'rehearsal']),
    service: z.string(),
    environment: z.string(),
    release: z.string(),
    artifact: artifactSchema,
    requester: subjectSchema,
    change: changeSchema,
    procedure: z.object({ name: z.string(), description: z.string(), digest: z.string(), inline: z.boolean() }),
    parameters: z.record(z.string(), jsonSchema),
    files: z.array(z.object({ path: z.string(), digest: z.string() })),
    steps: z.array(
      z.looseObject({ id: z.string(), title: z.string(), kind: z.enum(['action', 'hold', 'gate', 'manual']) }),
    ),
    policy: z.looseObject({ digest: z.string() }),
    maxDurationMs: z.int(),
    repair: z
      .looseObject({ of: z.string(), decision: z.enum(['compensate', 'accept']), reason: z.string() })
      .nullable()
      .describe('Only of what an earlier deployment still owes'),
  }),
);

const differenceSchema = answerOf<Difference>()(
  'Difference',
  'One place where two plans differ',
  z.object({ pointer: z.string(), before: jsonSchema.optional(), after: jsonSchema.optional() }),
);

/** What differs from the plan that ran last on the same target. */
export const changedSinceLast = {
  changed: z
    .array(differenceSchema)
    .nullable()
    .describe('What differs from the plan that ran last on this target, the first 100 places; null: none ever ran'),
  changedMore: z.int().describe('How many more places differ'),
  changedSince: z
    .object({ deployment: z.string(), release: z.string(), planDigest: z.string() })
    .nullable()
    .describe('The deployment whose plan that was'),
};

const planDigest = z.string().describe('sha256:… of its canonical JSON: what approvals bind to');
export const frozenPlan = { planDigest, plan: planSchema };
export const frozenPlanSchema = answer(
  'FrozenPlan',
  'The plan of a deployment, and what differs from the plan that ran last before it',
  z.object({ ...frozenPlan, ...changedSinceLast }),
);
