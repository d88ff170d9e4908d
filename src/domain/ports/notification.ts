import type { PageAcknowledgementClaim } from '../journal/paging.ts';
import type { Delivery, Notification, Stakeholder } from '../kinds/notification.ts';
import type { RefusedMessage } from '../messages/refused.ts';

/** What became of a notification, and what came with the answer. */
export interface NotifyResult {
  readonly deliveries: readonly Delivery[];
  readonly refused: readonly RefusedMessage[];
}

/** The answer in one form: a list of deliveries stands for a result without refused messages. */
export function notifyResultIn(answer: readonly Delivery[] | NotifyResult): NotifyResult {
  return 'deliveries' in answer ? answer : { deliveries: answer, refused: [] };
}

/** One notification to one stakeholder through one channel, tried again until it has arrived or never will. */
export interface DeliverInput {
  readonly notification: Notification;
  /** With this channel alone. */
  readonly to: Stakeholder;
}
export interface Delivered {
  readonly delivery: Delivery;
  readonly attempts: number;
  /** When the last attempt was made, ISO 8601. */
  readonly at: string;
}

/** A page that is to be acknowledged, with its first round. */
export interface PageInput {
  readonly notification: Notification & { readonly page: string };
  /** Everybody who receives pages, with all their channels. */
  readonly to: readonly Stakeholder[];
  /** What became of the first round, and when it was sent (ISO 8601). */
  readonly first: { readonly at: string; readonly deliveries: readonly Delivery[] };
  readonly acknowledgeWithinMs: number;
  /** People with one of them may acknowledge it. */
  readonly roles: readonly string[];
}

/** A delivery for the journal of its deployment, which has ended. */
export interface RecordDeliveryInput {
  readonly deployment: string;
  /** Its id. */
  readonly delivery: string;
  /** A signal has announced that its workflow is about to end. */
  readonly isSaid: boolean;
}
export interface DeliveryRecorded {
  /** Nothing is left to be written of it. */
  readonly isOver: boolean;
  /** Why the file of the record could not be written; null: it is there, or nothing was written. */
  readonly notExported: string | null;
}

export interface PageName {
  /** Or a target, where it is about none. */
  readonly deployment: string;
  readonly page: string;
}

/** A claim that a page was acknowledged; `said` null: by the deployment's own journal. */
export interface AcknowledgementInput extends PageName {
  readonly roles: readonly string[];
  /** When it was sent first, ISO 8601. */
  readonly since: string;
  readonly said: PageAcknowledgementClaim | null;
}
