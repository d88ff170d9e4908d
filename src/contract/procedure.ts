import { z } from 'zod';
import { answer } from './describe.ts';

const digest = z.string().describe('sha256:… of its document and its files: rehearsals and standing approvals name it');
const environments = z.array(z.string()).nullable().describe('Where it may be used; null: nothing restricts it');

const listedSchema = answer(
  'ProcedureSummary',
  'A procedure of the server, or why it cannot be used',
  z.object({
    name: z.string().describe('Its name'),
    procedure: z
      .object({ digest, description: z.string().describe('One line for people'), environments })
      .nullable()
      .describe('Null: see fault'),
    fault: z
      .object({ code: z.string().describe('The code of the error'), detail: z.string().describe('What is wrong') })
      .nullable()
      .describe('Why it cannot be used; null: it can'),
  }),
);
export const proceduresSchema = answer(
  'Procedures',
  'By their names',
  z.object({ items: z.array(listedSchema).describe('Each of them') }),
);

const value = z.union([z.string(), z.number()]);
export const procedureViewSchema = answer(
  'ProcedureView',
  'A procedure of the server; how it would be carried out for a release, a preview shows',
  z.object({
    name: z.string().describe('Its name'),
    digest,
    description: z.string().describe('One line for people'),
    environments,
    parameters: z
      .array(
        z.object({
          name: z.string().describe('Its name'),
          type: z.enum(['string', 'duration', 'integer']).describe('What it takes'),
          default: value.nullable().describe('Null: a request must give it'),
        }),
      )
      .describe('What a request may set'),
    steps: z
      .array(
        z.object({
          id: z.string().describe('Its id'),
          title: z.string().describe('One line for people'),
          kind: z.string().describe('hold, gate, manual, or a kind of action'),
        }),
      )
      .describe('Its steps, in order'),
    health: z
      .array(z.object({ id: z.string().describe('The check'), kind: z.string().describe('Its kind') }))
      .describe('What is watched from the first step on'),
    monitoring: z.string().describe('How long it is watched after the last step, such as 15m'),
    files: z
      .array(z.object({ path: z.string().describe('The file'), digest: z.string().describe('Its digest') }))
      .describe('What its commands run'),
  }),
);
