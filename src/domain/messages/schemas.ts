import { z } from 'zod';
import { means } from '../base/means.ts';
import {
  hexPattern,
  hexWords,
  messageIdPattern,
  messageIdWords,
  momentPattern,
  momentWords,
} from '../base/message-patterns.ts';
import { digestSchema, freeTextSchema, nameSchema, subjectSchema } from '../base/text-schemas.ts';
import { maxSignatures } from '../trust/seal.ts';

// For whatever describes messages or takes them from HTTP. Workflows read the same by `read.ts`: loading
// schemas costs a replay more than all the rest of it.

const hexSchema = (digits: number) => z.string().regex(hexPattern(digits), hexWords(digits));
const moment = '2026-11-23T08:12:40.000Z';
const momentSchema = z.string().regex(momentPattern, momentWords);

/**
 * How a proof looks: the API's ed25519 signatures over the message (see `proof.ts`). One for each key that the API
 * holds, so that a deployment that was frozen before the newest key came still knows one of them.
 */
export const proofSchema = z.strictObject({
  nonce: hexSchema(32).meta(means('Makes it another one than every other', '0123456789abcdef0123456789abcdef')),
  sentBy: z
    .enum(['api', 'bearer'])
    .meta(means('Who sends it: the API itself, or the person who asked it for the proof')),
  roles: z
    .array(nameSchema)
    .max(20)
    .meta(
      means(
        "What the person holds for the deployment's service by the policy as it is now: a lost role no longer counts",
        ['service-owner'],
      ),
    ),
  verifiedAt: momentSchema
    .optional()
    .meta(
      means(
        "When the store last confirmed the sender's key, where it did not answer as the message came; absent: it did",
        moment,
      ),
    ),
  issuedAt: momentSchema.meta(means('When it was signed', moment)),
  expiresAt: momentSchema.meta(means('Until when it counts', moment)),
  signatures: z
    .array(
      z.strictObject({
        key: hexSchema(16).meta(means('The id of the key', '0123456789abcdef')),
        signature: hexSchema(128).meta(means('The signature, ed25519', '0'.repeat(128))),
      }),
    )
    .min(1)
    .max(maxSignatures)
    .meta(means('One of each key that the API holds')),
});

const envelope = {
  by: subjectSchema.meta(means('Who says it', 'key:alice')),
  reason: freeTextSchema(500).optional().meta(means('Why', 'the error rate rises')),
  statement: freeTextSchema(500).optional().meta(means('What stands in the record beside it', 'looked at both slots')),
  id: z
    .string()
    .regex(messageIdPattern, messageIdWords)
    .optional()
    .meta(means('Of your own: a repeated id counts once', 'approve-42')),
  proof: proofSchema.optional().meta(means("The API's word for who says it")),
};

const decision = {
  planDigest: digestSchema.meta(
    means('The plan that is meant: another one is not approved', `sha256:${'0'.repeat(64)}`),
  ),
  gate: nameSchema.default('start').meta(means('The gate: `start`, or the id of a step that is one', 'start')),
  role: nameSchema.optional().meta(means('As whom; needed where several of your roles fit', 'service-owner')),
};

/**
 * The messages to a deployment. Update, signal, HTTP route and command line share the name and the argument; what each
 * asks of its sender stands beside it.
 */
export const messageSchemas = {
  approve: z.strictObject({ ...envelope, ...decision }),
  reject: z.strictObject({ ...envelope, ...decision }),
  withdraw: z.strictObject({ ...envelope, ...decision }),
  abort: z.strictObject(envelope),
  pause: z.strictObject(envelope),
  resume: z.strictObject(envelope),
  acknowledge: z.strictObject({
    ...envelope,
    for: z.enum(['readiness', 'handoff', 'page']).meta(means('What is acknowledged')),
    role: nameSchema.optional().meta(means('As whom; needed where several of your roles fit', 'support')),
  }),
  'complete-step': z.strictObject({
    ...envelope,
    step: nameSchema.meta(means('The manual step', 'switch-dns')),
    result: z.enum(['done', 'failed']).meta(means('How it came out')),
  }),
  note: z.strictObject({
    ...envelope,
    severity: z
      .enum(['minor', 'major'])
      .meta(means('How much it weighs: a major one keeps the record from its statement of completion')),
    statement: freeTextSchema(500).meta(means('What stands in the record', 'The cache had to be warmed by hand.')),
  }),
} as const;
