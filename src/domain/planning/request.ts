import { z } from 'zod';
import { means } from '../base/means.ts';
import { artifactSchema, digestSchema, nameSchema, releaseSchema } from '../base/text-schemas.ts';
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
