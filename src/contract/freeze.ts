import { z } from 'zod';
import { type Freeze, freezeScopeSchema, type freezeState } from '../domain/policy/freezes.ts';
import { timeSchema } from './common.ts';
import { answerOf, listOf } from './describe.ts';

/** A freeze as it is answered. */
export interface FreezeView extends Freeze {
  readonly state: ReturnType<typeof freezeState>;
}
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
export const freezeViewSchema = answerOf<FreezeView>()('Freeze', 'What people stopped', z.object(view));
export const freezePageSchema = listOf('FreezePage', freezeViewSchema);

/** What a new freeze reaches. */
export interface NewFreeze extends FreezeView {
  readonly targets: readonly string[];
  readonly note?: string;
}
export const newFreezeSchema = answerOf<NewFreeze>()(
  'NewFreeze',
  'A freeze, and what it reaches today',
  z.object({
    ...view,
    targets: z.array(z.string()).describe('`service/environment` of each'),
    note: z.string().optional().describe('That it reaches none'),
  }),
);
