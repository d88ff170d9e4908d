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
  z.object({
    deployment: z.string().describe('The deployment'),
    dueAt: timeSchema.describe('Until when it is to be reviewed'),
    overdue: z.boolean().describe('Whether it should have been closed by now'),
  }),
);

const known = {
  service: z.string().describe('The service'),
  environment: z.string().describe('The environment'),
  lastNumber: z.int().describe('The number of its newest deployment'),
  fence: z.int().describe('The number of the grant, which rises with each'),
  live: liveReleaseSchema.nullable().describe('What it serves; null: nobody knows'),
  slot: z.string().nullable().describe('The slot that has the traffic; null: it has none'),
  lock: z
    .object({
      deployment: z.string().describe('The deployment'),
      fence: z.int().describe('The number of the grant, which rises with each'),
      since: timeSchema.describe('Since when'),
    })
    .nullable()
    .describe('Who may change it; null: nobody'),
  reviews: z.array(reviewSchema).describe('Reviews of emergencies that are open'),
};
export const targetSchema = answerOf<TargetView>()(
  'Target',
  'What a target serves, who has it and who waits for it',
  z.object({
    ...known,
    queue: z.array(z.string()).describe('Deployments that wait for the lock, in the order in which they asked'),
    open: z.array(z.string()).describe('Deployments that have not ended'),
    needsIntervention: z.boolean().describe('Only resolve goes on'),
  }),
);
const storedTargetSchema = answerOf<Omit<SavedTarget, 'reviews'> & Pick<TargetView, 'reviews'> & { queue: null }>()(
  'StoredTarget',
  'The same while the target does not answer, as the store knows it: who waits for it is not known then',
  z.object({ ...known, version: z.int().describe('The version of this copy'), queue: z.null().describe('Not known') }),
);
export const anyTargetSchema = z.union([targetSchema, storedTargetSchema]);
export const targetPageSchema = listOf('TargetPage', anyTargetSchema);

export const requestedSchema = answerOf<Requested>()(
  'Requested',
  'Where a new deployment is',
  z.object({
    id: z.string().describe('The id of the deployment'),
    number: z.int().describe('Which deployment of its target it is, from 1'),
    workflowId: z.string().describe('The id of its workflow in Temporal'),
  }),
);
