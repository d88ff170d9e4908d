import { z } from 'zod';
import { answer } from './describe.ts';

const digest = z.string().describe('sha256:… of its document and its files: rehearsals and standing approvals name it');
const environments = z.array(z.string()).nullable().describe('Where it may be used; null: nothing restricts it');

const listedSchema = answer(
  'ProcedureSummary',
  'A procedure of the server, or why it cannot be used',
  z.object({
    name: z.string(),
    procedure: z.object({ digest, description: z.string(), environments }).nullable().describe('Null: see fault'),
    fault: z.object({ code: z.string(), detail: z.string() }).nullable(),
  }),
);
export const proceduresSchema = answer('Procedures', 'By their names', z.object({ items: z.array(listedSchema) }));

const value = z.union([z.string(), z.number()]);
export const procedureViewSchema = answer(
  'ProcedureView',
  'A procedure of the server; how it would be carried out for a release, a preview shows',
  z.object({
    name: z.string(),
    digest,
    description: z.string(),
    environments,
    parameters: z.array(
      z.object({
        name: z.string(),
        type: z.enum(['string', 'duration', 'integer']),
        default: value.nullable().describe('Null: a request must give it'),
      }),
    ),
    steps: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        kind: z.string().describe('hold, gate, manual, or a kind of action'),
      }),
    ),
    health: z.array(z.object({ id: z.string(), kind: z.string() })).describe('What is watched from the first step on'),
    monitoring: z.string().describe('How long it is watched after the last step, such as 15m'),
    files: z.array(z.object({ path: z.string(), digest: z.string() })),
  }),
);
