import { z } from 'zod';
import { freezeScopeSchema } from '../domain/policy/freezes-by-people.ts';
import { timeSchema } from './common.ts';
import { type Answer, answer, listOf } from './describe.ts';

const view = {
  id: z.string().describe('Its id'),
  scope: freezeScopeSchema.describe('Which changes may not begin'),
  reason: z.string().describe('Why'),
  from: timeSchema.describe('From when'),
  until: timeSchema.nullable().describe('Null: until somebody lifts it'),
  createdAt: timeSchema.describe('When it was made'),
  createdBy: z.string().describe('Who made it'),
  lifted: z
    .object({ at: timeSchema.describe('When'), by: z.string().describe('Who'), reason: z.string().describe('Why') })
    .nullable()
    .describe('Who lifted it; null: nobody'),
  state: z.enum(['announced', 'active', 'over', 'lifted']).describe('Whether it holds'),
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
