import { z } from 'zod';
import { digestSchema, freeTextSchema, nameSchema, subjectSchema } from './names.ts';

/** More keys than these are not needed to bridge a rotation. */
export const mostSignatures = 5;

/**
 * How a proof looks: the API's ed25519 signatures over the message (see `proof.ts`). One for each key that the API
 * holds, so that a deployment that was frozen before the newest key came still knows one of them.
 */
export const proofSchema = z.strictObject({
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  /** The API itself, or whoever asked it for the proof. */
  sentBy: z.enum(['api', 'bearer']),
  /** What the person holds for the deployment's service by the policy as it is now: who lost a role speaks for it no more. */
  roles: z.array(nameSchema).max(20),
  issuedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  signatures: z
    .array(z.strictObject({ key: z.string().regex(/^[0-9a-f]{16}$/), signature: z.string().regex(/^[0-9a-f]{128}$/) }))
    .min(1)
    .max(mostSignatures),
});
export type Proof = z.infer<typeof proofSchema>;

const envelope = {
  by: subjectSchema,
  reason: freeTextSchema(500).optional(),
  statement: freeTextSchema(500).optional(),
  /** A repeated id counts once. */
  id: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,100}$/)
    .optional(),
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
  acknowledge: z.strictObject({ ...envelope, for: z.enum(['readiness', 'handoff']), role: nameSchema.optional() }),
  'complete-step': z.strictObject({ ...envelope, step: nameSchema, result: z.enum(['done', 'failed']) }),
  note: z.strictObject({ ...envelope, severity: z.enum(['minor', 'major']), statement: freeTextSchema(500) }),
} as const;

export type MessageName = keyof typeof messageSchemas;
export type MessageArgument<Name extends MessageName = MessageName> = z.infer<(typeof messageSchemas)[Name]>;
export type Message = {
  [Name in MessageName]: { readonly name: Name; readonly argument: MessageArgument<Name> };
}[MessageName];
export const messageNames = Object.keys(messageSchemas) as MessageName[];

/** Who may send it. `role`: the one that the rule, gate or step names. `anyone`: even a robot, for what it requested. */
export const messageAuthority: { readonly [name in MessageName]: 'role' | 'person' | 'anyone' } = {
  approve: 'role',
  reject: 'role',
  withdraw: 'role',
  abort: 'anyone',
  pause: 'person',
  resume: 'person',
  acknowledge: 'role',
  'complete-step': 'role',
  note: 'person',
};

export const phases = [
  'verifying',
  'awaiting-approval',
  'awaiting-window',
  'awaiting-target',
  'executing',
  'validating',
  'documenting',
  'monitoring',
  'handing-over',
  'rolling-back',
  'ended',
] as const;
export type Phase = (typeof phases)[number];

type Answer = 'accepted' | 'too-early' | 'too-late' | 'wrong-phase' | 'ended';

function row(answers: Partial<Record<Phase, Answer>>, otherwise: Answer): { readonly [phase in Phase]: Answer } {
  return Object.fromEntries(
    phases.map((phase) => [phase, phase === 'ended' ? 'ended' : (answers[phase] ?? otherwise)]),
  ) as { [phase in Phase]: Answer };
}

const beforeFirstChange = {
  verifying: 'accepted',
  'awaiting-approval': 'accepted',
  'awaiting-window': 'accepted',
  'awaiting-target': 'accepted',
} as const;

const notYet = {
  verifying: 'too-early',
  'awaiting-approval': 'too-early',
  'awaiting-window': 'too-early',
  'awaiting-target': 'too-early',
} as const;

/** For each message and phase: accepted, or refused with which code. What a phase accepts may still not be wanted. */
export const phaseTable: { readonly [name in MessageName]: { readonly [phase in Phase]: Answer } } = {
  approve: row({ ...beforeFirstChange, executing: 'accepted' }, 'wrong-phase'),
  reject: row({ ...beforeFirstChange, executing: 'accepted' }, 'wrong-phase'),
  withdraw: row({ ...beforeFirstChange, executing: 'accepted' }, 'wrong-phase'),
  abort: row({ 'handing-over': 'too-late' }, 'accepted'),
  pause: row({ ...beforeFirstChange, executing: 'accepted' }, 'wrong-phase'),
  resume: row({ ...beforeFirstChange, executing: 'accepted' }, 'wrong-phase'),
  acknowledge: row({ verifying: 'accepted', monitoring: 'accepted', 'handing-over': 'accepted' }, 'wrong-phase'),
  'complete-step': row({ ...notYet, executing: 'accepted' }, 'wrong-phase'),
  note: row({}, 'accepted'),
};

/** The door a message came through. */
export type Door = 'api' | 'update' | 'signal';
