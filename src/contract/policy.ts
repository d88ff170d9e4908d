import { z } from 'zod';
import { timeSchema } from './common.ts';
import { answer } from './describe.ts';

export const policyFaultSchema = z
  .object({
    code: z.string().describe('The code of the error'),
    message: z.string().describe('What is wrong'),
    since: timeSchema.describe('Since when'),
  })
  .nullable()
  .describe('Why the file as it is now does not count: new requests are refused until it does; null: it does');

export const policyInForceSchema = answer(
  'PolicyInForce',
  'The policy by which requests are planned now',
  z.object({
    digest: z.string().describe('sha256:… of the file and of the key files that it names: plans and records have it'),
    fault: policyFaultSchema,
    environments: z.array(z.string()).describe('Every one that it names'),
    explained: z
      .array(
        z.object({
          kind: z.enum(['heading', 'fact', 'warning']).describe('What the sentence is'),
          text: z.string().describe('The sentence'),
        }),
      )
      .describe('What it means, a sentence each'),
  }),
);
