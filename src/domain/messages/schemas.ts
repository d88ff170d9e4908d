import { z } from 'zod';
import { digestSchema, freeTextSchema, nameSchema, subjectSchema } from '../base/names.ts';
import {
  hexPattern,
  hexWords,
  messageIdPattern,
  messageIdWords,
  momentPattern,
  momentWords,
} from '../base/patterns.ts';
import { maxSignatures } from '../trust/seal.ts';

// For whatever describes messages or takes them from HTTP. Workflows read the same by `read.ts`: loading
// schemas costs a replay more than all the rest of it.

const hexSchema = (digits: number) => z.string().regex(hexPattern(digits), hexWords(digits));
const momentSchema = z.string().regex(momentPattern, momentWords);

/**
 * How a proof looks: the API's ed25519 signatures over the message (see `proof.ts`). One for each key that the API
 * holds, so that a deployment that was frozen before the newest key came still knows one of them.
 */
export const proofSchema = z.strictObject({
  nonce: hexSchema(32),
  /** The API itself, or the person who asked it for the proof. */
  sentBy: z.enum(['api', 'bearer']),
  /** What the person holds for the deployment's service by the policy as it is now: a lost role no longer counts. */
  roles: z.array(nameSchema).max(20),
  /** When the store last confirmed the sender's key, where it did not answer as the message came; absent: it did. */
  verifiedAt: momentSchema.optional(),
  issuedAt: momentSchema,
  expiresAt: momentSchema,
  signatures: z
    .array(z.strictObject({ key: hexSchema(16), signature: hexSchema(128) }))
    .min(1)
    .max(maxSignatures),
});

const envelope = {
  by: subjectSchema,
  reason: freeTextSchema(500).optional(),
  statement: freeTextSchema(500).optional(),
  /** A repeated id counts once. */
  id: z.string().regex(messageIdPattern, messageIdWords).optional(),
  proof: proofSchema.optional(),
};
const decision = { planDigest: digestSchema, gate: nameSchema.default('start'), role: nameSchema.optional() };

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
    for: z.enum(['readiness', 'handoff', 'page']),
    role: nameSchema.optional(),
  }),
  'complete-step': z.strictObject({ ...envelope, step: nameSchema, result: z.enum(['done', 'failed']) }),
  note: z.strictObject({ ...envelope, severity: z.enum(['minor', 'major']), statement: freeTextSchema(500) }),
} as const;
