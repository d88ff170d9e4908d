import { z } from 'zod';
import { type Answer, answer } from './describe.ts';

/** An error as RFC 9457 has it, with the stable `code` of the table. */
export const problemSchema = answer(
  'Problem',
  'Why a request was refused, as RFC 9457 has it',
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('Stable: see docs/errors.md. A newer version may have others'),
    pointer: z.string().optional().describe('JSON pointer to what is wrong in the request'),
    issues: z
      .array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() }))
      .optional()
      .describe('Where there is more than one'),
  }),
);
export type Problem = Answer<typeof problemSchema>;
