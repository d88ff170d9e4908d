import { z } from 'zod';
import { means } from '../base/means.ts';
import { artifactSchema, digestSchema, freeTextSchema, nameSchema, releaseSchema } from '../base/text-schemas.ts';
import { changeSchema } from './change-schema.ts';
import { parameterStringSchema } from './parameters.ts';
import { procedureSchema } from './procedure.ts';

/** The body of `POST /v1/deployments` and `POST /v1/plans`. */
export const deploymentRequestSchema = z.strictObject({
  service: nameSchema.meta(means('What is deployed', 'shop')),
  environment: nameSchema.meta(means('Where to', 'production')),
  release: releaseSchema.meta(means('Its name for people; what is deployed is the artifact', '1.4.2')),
  artifact: artifactSchema.meta(means('What is deployed')),
  procedure: z
    .union([nameSchema, procedureSchema], 'name a procedure, or send one as a document')
    .meta(means('How: the name of a procedure of the server, or one as a document', 'shop-blue-green')),
  parameters: z
    .record(nameSchema, z.union([parameterStringSchema, z.int()]))
    .default({})
    .meta(means('Values for parameters of the procedure', { hold: '30s' })),
  change: changeSchema.meta(means('What is changed and why')),
  mode: z
    .enum(['deployment', 'rehearsal'])
    .optional()
    .meta(
      means('`rehearsal`: it is rolled back on purpose, once every step has passed; absent: `deployment`', 'rehearsal'),
    ),
  planDigest: digestSchema
    .optional()
    .meta(
      means(
        'Of a plan that was previewed: refused as `plan-changed` where the plan would be another one by now',
        `sha256:${'0'.repeat(64)}`,
      ),
    ),
});

export type DeploymentRequest = z.infer<typeof deploymentRequestSchema>;

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

/** The body of `POST …/review`: the findings of a person who neither requested nor wrote the emergency. */
const deploymentId = z.string().max(200);
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
