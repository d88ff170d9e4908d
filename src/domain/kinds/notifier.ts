import type { z } from 'zod';
import type { AdapterContext } from './adapter.ts';
import type { Notification } from './notification.ts';

/** What a notifier sends: a notification, its id on this way to this stakeholder, and where a person can look. */
export interface Notice extends Notification {
  /** The same at each attempt: `Message-ID`, `webhook-id`, the id of a CloudEvent. */
  readonly deliveryId: string;
  /** Whom it goes to, by the name in the policy. */
  readonly stakeholder: string;
  readonly links: readonly Link[];
}

export interface Link {
  readonly rel: 'deployment' | 'record' | 'acknowledge';
  readonly title: string;
  readonly url: string;
}

export interface NotifierContext<Settings> extends Pick<AdapterContext, 'secrets' | 'signal' | 'timeoutMs'> {
  /** What the policy says under `notifiers` of the kind, where the kind needs that. */
  readonly settings: Settings;
  /** When this attempt is made, in milliseconds since the epoch. */
  readonly now: number;
}

/**
 * How one attempt ended. `again`: a further attempt may deliver it, at the earliest after `retryAfterMs` where the receiver
 * asked for that. `refused`: it never will.
 */
export interface Attempt {
  readonly result: 'delivered' | 'again' | 'refused';
  /** One line for people, without secrets: `204`, `421 try again later`. */
  readonly summary: string;
  readonly retryAfterMs?: number;
}

/** One kind of notifier. A new kind is one file in `src/adapters/notifiers` and one line in its index. */
export interface Notifier<Spec = never, Settings = never> {
  readonly kind: string;
  /** The strict schema of what stands under a stakeholder, the kind's own key included. Secrets are references. */
  readonly schema: z.ZodType<Spec>;
  /** Of `notifiers.<kind>` in the policy, for kinds that need it; a stakeholder cannot be reached so without. */
  readonly settings?: z.ZodType<Settings>;
  /** How records name this way, without secrets: `email to ops@shop.example`. */
  how(spec: Spec): string;
  deliver(notice: Notice, spec: Spec, context: NotifierContext<Settings>): Promise<Attempt>;
}

/** The kinds that this process knows, by kind. */
export type NotifierCatalog = ReadonlyMap<string, Notifier>;
