import { z } from 'zod';
import type { Requested } from '../domain/target/requests.ts';
import type { ReviewView } from '../domain/target/reviews.ts';
import type { SavedTarget } from '../domain/target/state.ts';
import type { TargetView } from '../domain/target/view.ts';
import { liveReleaseSchema, timeSchema } from './common.ts';
import { answerOf, listOf } from './describe.ts';

const reviewSchema = answerOf<ReviewView>()(
  'Review',
  'The review of an emergency',
  z.object({ deployment: z.string(), dueAt: timeSchema, overdue: z.boolean() }),
);

const known = {
  service: z.string(),
  environment: z.string(),
  lastNumber: z.int(),
  fence: z.int(),
  live: liveReleaseSchema.nullable(),
  slot: z.string().nullable(),
  lock: z.object({ deployment: z.string(), fence: z.int(), since: timeSchema }).nullable(),
  reviews: z.array(reviewSchema),
};
export const targetSchema = answerOf<TargetView>()(
  'Target',
  'What a target serves, who has it and who waits for it',
  z.object({
    ...known,
    queue: z.array(z.string()).describe('Deployments that wait for the lock, in the order in which they asked'),
    open: z.array(z.string()),
    needsIntervention: z.boolean().describe('Only resolve goes on'),
  }),
);
const storedTargetSchema = answerOf<Omit<SavedTarget, 'reviews'> & Pick<TargetView, 'reviews'> & { queue: null }>()(
  'StoredTarget',
  'The same while the target does not answer, as the store knows it: who waits for it is not known then',
  z.object({ ...known, version: z.int(), queue: z.null() }),
);
export const anyTargetSchema = z.union([targetSchema, storedTargetSchema]);
export const targetPageSchema = listOf('TargetPage', anyTargetSchema);

export const requestedSchema = answerOf<Requested>()(
  'Requested',
  'Where a new deployment is',
  z.object({ id: z.string(), number: z.int(), workflowId: z.string() }),
);
