import { pick } from '../base/pick.ts';
import { entriesOf, type JournalEntry } from './entries.ts';
import type { DeliveryAttempt, DeliveryEnd, DeliveryResult } from './values.ts';

/** What became of one delivery, by the whole journal, and its last attempt. */
export interface DeliveryView extends DeliveryAttempt {
  /** Its id, where it did not arrive at once. */
  readonly id: string | null;
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

/**
 * The deliveries that never arrived: of a page, where no channel reached the stakeholder; of anything else, where the
 * last delivery through that channel failed.
 */
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
    const { at: firstAt, delivery: id = null, page, round } = entry;
    const first = { id, ...pick(entry, 'event', 'stakeholder', 'channel', 'how', 'delivered', 'summary'), page, round };
    const end = id === null ? undefined : ends.get(id);
    if (!end) return { ...first, attempts: 1, firstAt, lastAt: firstAt, isOpen: id !== null };
    const last = pick(end, 'how', 'delivered', 'summary', 'lastAt');
    return { ...first, ...last, attempts: 1 + end.attempts, firstAt, isOpen: false };
  });
}

/** Ids of the deliveries that are still being tried. A page itself reports what its later rounds sent. */
export function openDeliveriesIn(journal: readonly JournalEntry[]): readonly string[] {
  return deliveriesIn(journal).flatMap(({ id, isOpen, round = 1 }) =>
    isOpen && id !== null && round === 1 ? [id] : [],
  );
}

/** One or several attempts to reach a stakeholder through one channel. */
export interface Tried extends Pick<DeliveryView, 'stakeholder' | 'delivered'> {
  readonly isOpen?: boolean;
}

/** Of each stakeholder whether some channel has reached them, some delivery is still being tried, or all have failed. */
export function reachedBy(deliveries: readonly Tried[]): readonly ('reached' | 'open' | 'lost')[] {
  const people = [...new Set(deliveries.map(({ stakeholder }) => stakeholder))];
  return people.map((name) => {
    const own = deliveries.filter(({ stakeholder }) => stakeholder === name);
    if (own.some(({ delivered }) => delivered)) return 'reached';
    return own.some(({ isOpen }) => isOpen) ? 'open' : 'lost';
  });
}

/** How a delivery ended, by its first attempt and the result of the others. */
export function deliveryEndOf(
  first: Pick<DeliveryEnd, 'delivery' | 'event' | 'stakeholder' | 'channel'>,
  result: DeliveryResult,
): DeliveryEnd {
  return { ...pick(first, 'delivery', 'event', 'stakeholder', 'channel'), ...result };
}

/** The result of a delivery whose workflow was ended from outside: its attempts are not known. */
export function endedFromOutside({ how }: Pick<DeliveryResult, 'how'>, why: string, lastAt: string): DeliveryResult {
  const summary = `given up: what tried it again was ended from outside (${why})`;
  return { how, delivered: false, summary: summary.slice(0, 300), attempts: 0, lastAt };
}
