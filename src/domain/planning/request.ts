import { z } from 'zod';
import { notAvailableYet } from '../base/issues.ts';
import {
  artifactSchema,
  digestSchema,
  freeTextSchema,
  nameSchema,
  parameterStringSchema,
  releaseSchema,
  subjectSchema,
} from '../base/names.ts';
import { lacksTicket } from '../policy/emergency.ts';
import { procedureSchema } from './procedure.ts';

const who = z
  .string()
  .regex(/^[A-Za-z0-9._~:/@|+=,-]{1,250}$/, 'write a subject or an alias such as key:alice or github:alice');

export const changeSchema = z
  .strictObject({
    summary: freeTextSchema(200),
    reason: freeTextSchema(1000),
    type: z.enum(['standard', 'normal', 'emergency']),
    risk: z.enum(['low', 'medium', 'high']).optional(),
    impact: freeTextSchema(300).optional(),
    ticket: freeTextSchema(200).optional(),
    authors: z.array(who).max(50).optional(),
    onBehalfOf: subjectSchema.optional(),
    initial: z.boolean().optional(),
    supersedes: notAvailableYet('naming what a change supersedes'),
  })
  .refine((change) => !lacksTicket(change), { path: ['ticket'], message: 'an emergency names its ticket' });

/** The body of `POST /v1/deployments` and `POST /v1/plans`. */
export const deploymentRequestSchema = z.strictObject({
  service: nameSchema,
  environment: nameSchema,
  release: releaseSchema,
  artifact: artifactSchema,
  procedure: z.union([nameSchema, procedureSchema], 'name a procedure, or send one as a document'),
  parameters: z.record(nameSchema, z.union([parameterStringSchema, z.int()])).default({}),
  change: changeSchema,
  /** `rehearsal`: rolls back on purpose, once every step has passed. Absent: `deployment`. */
  mode: z.enum(['deployment', 'rehearsal']).optional(),
  /** Of a plan that was previewed: refused as `plan-changed` where the plan would be another one by now. */
  planDigest: digestSchema.optional(),
});
export type DeploymentRequest = z.infer<typeof deploymentRequestSchema>;

/** The body of `POST /v1/targets/{service}/{environment}/adopt`: what an idle target serves. */
export const adoptSchema = z.strictObject({
  release: releaseSchema,
  artifact: artifactSchema,
  slot: nameSchema.optional(),
  reason: freeTextSchema(500),
  /** Needed where the policy names services and not this one, so that a typing error makes no target. */
  unknownService: z.literal('accept').optional(),
});
export type AdoptRequest = z.infer<typeof adoptSchema>;

/** The body of `POST …/review`: the findings of a person who neither requested nor wrote the emergency. */
export const reviewSchema = z.strictObject({
  deployment: z.string().max(200),
  findings: freeTextSchema(1000),
});

/** The body of `POST …/resolve`: how a deployment that needs intervention goes on. */
export const resolveSchema = z.strictObject({
  deployment: z.string().max(200),
  decision: z.enum(['compensate', 'accept']),
  live: z.strictObject({ release: releaseSchema, artifact: artifactSchema, slot: nameSchema.optional() }).optional(),
  reason: freeTextSchema(500),
});
