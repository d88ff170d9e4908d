import type { StakeholderEvent } from '../kinds/notification.ts';
import { type Entry, entriesOf, type JournalEntry } from './entries.ts';
import { type DeliveryEnd, type DeliveryResult } from './values.ts';

/** What became of one notification on one way to one stakeholder, by all that the journal says of it. */
export interface DeliveryView {
  /** Its id, where it did not arrive at once. */
  readonly id: string | null;
  readonly event: StakeholderEvent;
  readonly stakeholder: string;
  /** The kind of notifier. */
  readonly channel: string;
  readonly how: string;
  readonly delivered: boolean;
  /** Of the last attempt. */
  readonly summary: string;
  readonly attempts: number;
  /** When the first and the last attempt were made, ISO 8601. */
  readonly firstAt: string;
  readonly lastAt: string;
  /** Of which page, and in which of its rounds; absent: of none that somebody was to acknowledge. */
  readonly page?: string | undefined;
  readonly round?: number | undefined;
  /** It is still being tried. */
  readonly isOpen: boolean;
}

/** What people did not get: of a page what reached its stakeholder by none of its ways, of anything else the last word by each way. */
export function undeliveredIn(deliveries: readonly DeliveryView[]): readonly DeliveryView[] {
  const isSame = (one: DeliveryView, other: DeliveryView) =>
    one.stakeholder === other.stakeholder && one.event === other.event;
  return deliveries.filter((one) => {
    if (one.delivered) return false;
    if (one.event !== 'page') return deliveries.findLast((e) => isSame(e, one) && e.channel === one.channel) === one;
    return one.page === undefined || !deliveries.some((e) => isSame(e, one) && e.page === one.page && e.delivered);
  });
}

/** All deliveries of a journal, in the order of their first attempts. */
export function deliveriesIn(journal: readonly JournalEntry[]): readonly DeliveryView[] {
  const ends = new Map(entriesOf(journal, 'delivery-ended').map((entry) => [entry.delivery, entry]));
  return entriesOf(journal, 'notified').map((entry) => {
    const { event, stakeholder, channel, how, delivered, summary, at, delivery: id = null, page, round } = entry;
    const first = { id, event, stakeholder, channel, how, delivered, summary, page, round };
    const end = id === null ? undefined : ends.get(id);
    if (!end) return { ...first, attempts: 1, firstAt: at, lastAt: at, isOpen: id !== null };
    const attempts = 1 + end.attempts;
    const { how: last, delivered: arrived, summary: why, lastAt } = end;
    return { ...first, how: last, delivered: arrived, summary: why, attempts, firstAt: at, lastAt, isOpen: false };
  });
}

/** Ids of those that are still being tried, by all that the journal says. What later rounds of a page sent is for that to tell. */
export function openDeliveriesIn(journal: readonly JournalEntry[]): readonly string[] {
  return deliveriesIn(journal).flatMap(({ id, isOpen, round = 1 }) =>
    isOpen && id !== null && round === 1 ? [id] : [],
  );
}

/** An attempt, or several, to reach somebody in one way. */
export interface Tried extends Pick<DeliveryView, 'stakeholder' | 'delivered'> {
  readonly isOpen?: boolean;
}

/** Of each stakeholder whether they were reached in one way or another, may be yet, or can be in none any more. */
export function reachedBy(deliveries: readonly Tried[]): readonly ('reached' | 'open' | 'lost')[] {
  const people = [...new Set(deliveries.map(({ stakeholder }) => stakeholder))];
  return people.map((name) => {
    const own = deliveries.filter(({ stakeholder }) => stakeholder === name);
    if (own.some(({ delivered }) => delivered)) return 'reached';
    return own.some(({ isOpen }) => isOpen) ? 'open' : 'lost';
  });
}

/** How a delivery ended, of which the journal tells the first attempt. */
export function deliveryEndOf(
  first: Pick<Entry<'notified'>, 'event' | 'stakeholder' | 'channel'> & { readonly delivery: string },
  { how, delivered, summary, attempts, lastAt }: DeliveryResult,
): DeliveryEnd {
  const { delivery, event, stakeholder, channel } = first;
  return { delivery, event, stakeholder, channel, how, delivered, summary, attempts, lastAt };
}

/** Of a delivery whose workflow did not end by itself: how often it was tried again stands nowhere. */
export function endedFromOutside({ how }: Pick<DeliveryResult, 'how'>, why: string, lastAt: string): DeliveryResult {
  const summary = `given up: what tried it again was ended from outside (${why})`;
  return { how, delivered: false, summary: summary.slice(0, 300), attempts: 0, lastAt };
}
