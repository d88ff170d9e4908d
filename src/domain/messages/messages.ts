import type { z } from 'zod';
import type { messageSchemas, proofSchema } from './schemas.ts';

/** The API's signature under a message: see `proofSchema`. */
export type Proof = z.infer<typeof proofSchema>;

export type MessageName = keyof typeof messageSchemas;
export type MessageArgument<Name extends MessageName = MessageName> = z.infer<(typeof messageSchemas)[Name]>;
export type Message = {
  [Name in MessageName]: { readonly name: Name; readonly argument: MessageArgument<Name> };
}[MessageName];

const named: { readonly [name in MessageName]: true } = {
  approve: true,
  reject: true,
  withdraw: true,
  abort: true,
  pause: true,
  resume: true,
  acknowledge: true,
  'complete-step': true,
  note: true,
};

/** The messages to a deployment, in the order of the documents. */
export const messageNames = Object.keys(named) as MessageName[];

/** The way a message came. */
export type Via = 'api' | 'update' | 'signal';

/**
 * How many of a message one deployment takes, far below the 2,000 updates and 51,200 events at which Temporal ends a run:
 * from each sender (for an approval at each gate, since only who has withdrawn one gives another), and in all. Others are
 * bounded by what they do: an abort counts once, one resumes what was paused, and withdraws what was approved.
 */
export const maxAccepted = {
  approve: { ofEach: 5, inAll: Number.POSITIVE_INFINITY },
  pause: { ofEach: 10, inAll: 50 },
  note: { ofEach: 20, inAll: 200 },
} as const satisfies Partial<Record<MessageName, { readonly ofEach: number; readonly inAll: number }>>;

/** Never refused for how many requests came before it: who stops a deployment must get through. */
export const neverRateLimited: ReadonlySet<MessageName> = new Set(['abort']);

/** How a query fails that came before the workflow task that it would have to follow. */
export const aheadOfTask = 'This query came before the workflow task that it follows on: ask again.';
