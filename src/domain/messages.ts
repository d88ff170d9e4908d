import type { z } from 'zod';
import type { messageSchemas, proofSchema } from './message-schemas.ts';

/** More keys than these are not needed to bridge a rotation. */
export const mostSignatures = 5;

/** The API's word for a message: see `proofSchema`. */
export type Proof = z.infer<typeof proofSchema>;

export type MessageName = keyof typeof messageSchemas;
export type MessageArgument<Name extends MessageName = MessageName> = z.infer<(typeof messageSchemas)[Name]>;
export type Message = {
  [Name in MessageName]: { readonly name: Name; readonly argument: MessageArgument<Name> };
}[MessageName];

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

/** The messages to a deployment, in the order of the documents. */
export const messageNames = Object.keys(messageAuthority) as MessageName[];

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
