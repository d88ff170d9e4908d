import { z } from 'zod';
import { means } from '../base/means.ts';
import { artifactSchema, freeTextSchema, nameSchema, releaseSchema } from '../base/text-schemas.ts';

/** What a target serves, as a person says it. */
const serves = {
  release: releaseSchema.meta(means('The release that serves', '1.4.1')),
  artifact: artifactSchema.meta(means('What serves')),
  slot: nameSchema.optional().meta(means('From which slot, where the target has two', 'blue')),
};

/** The body of `POST /v1/targets/{service}/{environment}/adopt`: what an idle target serves. */
export const adoptSchema = z.strictObject({
  ...serves,
  reason: freeTextSchema(500).meta(means('How one knows', 'It runs so since May.')),
  unknownService: z
    .literal('accept')
    .optional()
    .meta(means('Needed where the policy names services and not this one, so that a typing error makes no target')),
});
export type AdoptRequest = z.infer<typeof adoptSchema>;

const deploymentId = z.string().max(200);

/** The body of `POST …/review`: the findings of a person who neither requested nor wrote the emergency. */
export const reviewSchema = z.strictObject({
  deployment: deploymentId.meta(means('The emergency', 'shop.production.7')),
  findings: freeTextSchema(1000).meta(means('What the review found', 'It was right to act.')),
});

/** The body of `POST …/resolve`: how a deployment that needs intervention goes on. */
export const resolveSchema = z.strictObject({
  deployment: deploymentId.meta(means('The one that needs intervention', 'shop.production.7')),
  decision: z
    .enum(['compensate', 'accept'])
    .meta(means('`compensate`: what it still owes is undone; `accept`: nothing is, and `live` serves')),
  live: z.strictObject(serves).optional().meta(means('What serves, as whoever decides says; needed with `accept`')),
  reason: freeTextSchema(500).meta(means('Why so', 'The router is back.')),
});
