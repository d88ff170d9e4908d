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
    summary: z.string().describe('What is changed'),
    reason: z.string().describe('Why'),
    type: z.enum(['standard', 'normal', 'emergency']).describe('Of which type the change is'),
    risk: z.enum(['low', 'medium', 'high']).nullable().describe('How risky it is; null: not said'),
    impact: z.string().nullable().describe('What it may do to others; null: not said'),
    ticket: z.string().nullable().describe('What it belongs to; null: nothing'),
    authors: z.array(z.string()).describe('Who wrote it'),
    onBehalfOf: z.string().nullable().describe('For whom a robot requests; null: for nobody'),
    initial: z.boolean().describe('Whether it is the first'),
  }),
);

/** The parts for people; the rest is for programs of the same build. */
export const planSchema = partOf<Plan>()(
  'Plan',
  'A procedure, a release and a policy, resolved and frozen',
  z.looseObject({
    v: z.literal(1).describe('The version of this format'),
    mode: z.enum(['deployment', 'rehearsal']).describe('`rehearsal`: rolled back on purpose'),
    service: z.string().describe('The service'),
    environment: z.string().describe('The environment'),
    release: z.string().describe('The release'),
    artifact: artifactSchema.describe('What is deployed'),
    requester: subjectSchema.describe('Who requested it'),
    change: changeSchema.describe('What is changed and why'),
    procedure: z
      .object({
        name: z.string().describe('Its name'),
        description: z.string().describe('What it does'),
        digest: z.string().describe('Its digest'),
        inline: z.boolean().describe('Whether it came with the request'),
      })
      .describe('How it is deployed'),
    parameters: z.record(z.string(), jsonSchema).describe('Values of the parameters'),
    files: z
      .array(z.object({ path: z.string().describe('The file'), digest: z.string().describe('Its digest') }))
      .describe('Files of the procedure that its commands run'),
    steps: z
      .array(
        z.looseObject({
          id: z.string().describe('Its id'),
          title: z.string().describe('One line for people'),
          kind: z.enum(['action', 'hold', 'gate', 'manual']).describe('Its kind'),
        }),
      )
      .describe('Its steps, in order'),
    policy: z
      .looseObject({ digest: z.string().describe('Of the whole policy') })
      .describe('The rules of its environment'),
    maxDurationMs: z.int().describe('The longest that it may take, in milliseconds'),
    repair: z
      .looseObject({
        of: z.string().describe('The deployment that owes it'),
        decision: z.enum(['compensate', 'accept']).describe('How it goes on'),
        reason: z.string().describe('Why'),
      })
      .nullable()
      .describe('Only of what an earlier deployment still owes'),
  }),
);

const differenceSchema = answerOf<Difference>()(
  'Difference',
  'One place where two plans differ',
  z.object({
    pointer: z.string().describe('Where: a JSON pointer'),
    before: jsonSchema
      .optional()
      .describe('What it was; absent: nothing. Where it is long, a part of it in words: where it begins to differ'),
    after: jsonSchema
      .optional()
      .describe('What it is; absent: nothing. Where it is long, a part of it in words: where it begins to differ'),
  }),
);

/** What differs from the plan that ran last on the same target. */
export const changedSinceLast = {
  changed: z
    .array(differenceSchema)
    .nullable()
    .describe('What differs from the plan that ran last on this target, the first 100 places; null: none ever ran'),
  changedMore: z.int().describe('How many more places differ'),
  changedSince: z
    .object({
      deployment: z.string().describe('Its id'),
      release: z.string().describe('Its release'),
      planDigest: z.string().describe('The digest of its plan'),
    })
    .nullable()
    .describe('The deployment whose plan that was'),
};

const planDigest = z.string().describe('sha256:… of its canonical JSON: what approvals bind to');
export const frozenPlan = { planDigest, plan: planSchema.describe('The plan itself') };
export const frozenPlanSchema = answer(
  'FrozenPlan',
  'The plan of a deployment, and what differs from the plan that ran last before it',
  z.object({ ...frozenPlan, ...changedSinceLast }),
);
