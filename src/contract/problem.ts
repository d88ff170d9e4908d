import { z } from 'zod';
import { type Answer, answer } from './describe.ts';

/** An error as RFC 9457 has it, with the stable `code` of the table. */
export const problemSchema = answer(
  'Problem',
  'Why a request was refused, as RFC 9457 has it',
  z.object({
    type: z.string().describe('The code as a URI'),
    title: z.string().describe('What the code means'),
    status: z.int().describe('The HTTP status'),
    detail: z.string().describe('What is wrong, in a sentence'),
    code: z.string().describe('Stable: see docs/errors.md. A newer version may have others'),
    pointer: z.string().optional().describe('JSON pointer to what is wrong in the request'),
    issues: z
      .array(
        z.object({
          pointer: z.string().describe('Where: a JSON pointer'),
          code: z.string().describe('The code of the error'),
          detail: z.string().describe('What is wrong, in a sentence'),
        }),
      )
      .optional()
      .describe('Where there is more than one'),
  }),
);
export type Problem = Answer<typeof problemSchema>;
