import { z } from 'zod';
import { freezeScopeSchema } from '../domain/policy/freezes.ts';
import { timeSchema } from './common.ts';
import { type Answer, answer, listOf } from './describe.ts';

const view = {
  id: z.string(),
  scope: freezeScopeSchema,
  reason: z.string(),
  from: timeSchema,
  until: timeSchema.nullable().describe('Null: until somebody lifts it'),
  createdAt: timeSchema,
  createdBy: z.string(),
  lifted: z.object({ at: timeSchema, by: z.string(), reason: z.string() }).nullable(),
  state: z.enum(['announced', 'active', 'over', 'lifted']),
};
export const freezeViewSchema = answer('Freeze', 'What people stopped', z.object(view));
export type FreezeView = Answer<typeof freezeViewSchema>;
export const freezePageSchema = listOf('FreezePage', freezeViewSchema);

export const newFreezeSchema = answer(
  'NewFreeze',
  'A freeze, and what it reaches today',
  z.object({
    ...view,
    targets: z.array(z.string()).describe('`service/environment` of each'),
    note: z.string().optional().describe('That it reaches none'),
  }),
);
export type NewFreeze = Answer<typeof newFreezeSchema>;
