import type { Outcome } from '../journal.ts';
import type { Phase } from '../messages.ts';
import type { SaidOfPage } from '../paging.ts';
import type { Stakeholder, StakeholderEvent } from '../policy/stakeholders.ts';
import type { RefusedMessage } from '../refused-messages.ts';

/** What people hear: a pure value, without addresses, links and secrets. */
export interface Notification {
  /** The same however often and to whomever it is sent. */
  readonly id: string;
  readonly event: StakeholderEvent;
  /** When it came about, ISO 8601 UTC. */
  readonly at: string;
  /** The deployment that it is about, or its target (`service/environment`) where it is about none. */
  readonly deployment: string;
  readonly service: string | null;
  readonly environment: string | null;
  readonly release: string | null;
  /** One line. */
  readonly subject: string;
  /** Plain text, a line each: whoever shows it escapes it. */
  readonly lines: readonly string[];
  /** What a person must do now; null: nothing. */
  readonly wanted: Wanted | null;
  /** For programs; null where it is about no deployment. */
  readonly facts: Facts | null;
  /** The name of the page that somebody is to acknowledge: `page/<deployment>/<page>` waits for that. Absent: nobody is. */
  readonly page?: string;
}

export interface Wanted {
  /** A name, or roles. */
  readonly who: string;
  readonly what: string;
  /** ISO 8601 UTC; null: nothing lapses. */
  readonly until: string | null;
}

/** What a deployment that waits asks of people, in a sentence or two, and for programs. */
export interface Asked {
  readonly text: string;
  readonly wanted: Wanted;
}

export interface Facts {
  readonly phase: Phase;
  readonly outcome: Outcome | null;
  readonly planDigest: string;
  readonly artifact: { readonly uri: string; readonly digest: string };
  readonly requester: string;
  /** The release that was live as the lock was granted; null: none, or it is not granted yet. */
  readonly previous: { readonly release: string; readonly artifact: Facts['artifact'] } | null;
}

export interface NotifyInput {
  readonly notification: Notification;
  /** Who is told; each in every way that stands under `channels`. */
  readonly to: readonly Stakeholder[];
  /** What the API has refused people of the deployment is answered, too. */
  readonly withRefused?: true;
}

/** What became of a notification, and what came with the answer. */
export interface Told {
  readonly deliveries: readonly Delivery[];
  readonly refused: readonly RefusedMessage[];
}

/** The same of an answer that has the deliveries alone: nothing else was asked for. */
export function toldIn(answer: readonly Delivery[] | Told): Told {
  return 'deliveries' in answer ? answer : { deliveries: answer, refused: [] };
}

/** One notification on one way to one stakeholder, tried again until it has arrived or never will. */
export interface DeliverInput {
  readonly notification: Notification;
  /** With this way alone. */
  readonly to: Stakeholder;
}
export interface Delivered {
  readonly delivery: Delivery;
  readonly attempts: number;
  /** When the last attempt was made, ISO 8601. */
  readonly at: string;
}

/** A page that is to be acknowledged: who was told first, and who is next. */
export interface PageInput {
  readonly notification: Notification & { readonly page: string };
  /** Everybody who hears pages, with all their ways. */
  readonly to: readonly Stakeholder[];
  /** What became of the first round, and when it was told (ISO 8601). */
  readonly first: { readonly at: string; readonly deliveries: readonly Delivery[] };
  readonly acknowledgeWithinMs: number;
  /** Whoever holds one of them may acknowledge it. */
  readonly roles: readonly string[];
}

/** A delivery for the journal of its deployment, which has ended. */
export interface RecordDeliveryInput {
  readonly deployment: string;
  /** Its id. */
  readonly delivery: string;
  /** Somebody says that its workflow is about to end. */
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

/** Who says that they have seen a page; `said` null: whatever the deployment's own journal says. */
export interface AcknowledgementInput extends PageName {
  readonly roles: readonly string[];
  /** When it was told first, ISO 8601. */
  readonly since: string;
  readonly said: SaidOfPage | null;
}

/** What became of one notification on one way to one stakeholder. */
export interface Delivery {
  /** The same at each attempt. */
  readonly id: string;
  readonly stakeholder: string;
  /** The kind of notifier. */
  readonly channel: string;
  readonly how: string;
  readonly delivered: boolean;
  readonly summary: string;
  /** It may arrive another time, at the earliest so much later where the other side said so; null: it has, or never will. */
  readonly again: { readonly afterMs: number | null } | null;
}
