import type { JsonObject } from '../base/json.ts';
import type { Outcome, Phase } from '../base/phases.ts';
import type { Artifact } from '../base/text-schemas.ts';

export const stakeholderEvents = ['requested', 'approval-wanted', 'wanted', 'deployed', 'ended', 'page'] as const;
export type StakeholderEvent = (typeof stakeholderEvents)[number];

/** What people are notified of: a pure value, without addresses, links and secrets. */
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
  /** Plain text, a line each: it is escaped where it is shown. */
  readonly lines: readonly string[];
  /** What a person must do now; null: nothing. */
  readonly wanted: Wanted | null;
  /** For programs; null where it is about no deployment. */
  readonly facts: Facts | null;
  /** The name of a page that has to be acknowledged: `page/<deployment>/<page>` waits for that. Absent: it need not be. */
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
  readonly artifact: Readonly<Artifact>;
  readonly requester: string;
  /** The release that was live as the lock was granted; null: none, or it is not granted yet. */
  readonly previous: { readonly release: string; readonly artifact: Readonly<Artifact> } | null;
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
  /** A further attempt may deliver it, at the earliest after the time that the receiver asked for; null: it was delivered, or never will be. */
  readonly again: { readonly afterMs: number | null } | null;
}
export interface NotifyInput {
  readonly notification: Notification;
  /** The recipients; each is notified by all of its `channels`. */
  readonly to: readonly Stakeholder[];
  /** What the API has refused people of the deployment is answered, too. */
  readonly withRefused?: true;
}

/** One way to reach a stakeholder: a kind of notifier and what stands under it, secrets as references. */

export interface Channel {
  readonly kind: string;
  readonly spec: JsonObject;
}

export interface Stakeholder {
  readonly name: string;
  readonly on: readonly StakeholderEvent[];
  /** In the order in which the policy names them. */
  readonly channels: readonly Channel[];
}
