import { entriesOf, type JournalEntry } from './journal.ts';
import type { StakeholderEvent } from './policy/stakeholders.ts';

/** What became of one notification on one way to one stakeholder, by all that the journal says of it. */
export interface DeliveryView {
  readonly event: StakeholderEvent;
  readonly stakeholder: string;
  readonly how: string;
  readonly delivered: boolean;
  /** Of the last attempt. */
  readonly summary: string;
  readonly attempts: number;
  /** When the first and the last attempt were made, ISO 8601. */
  readonly firstAt: string;
  readonly lastAt: string;
  /** It is still being tried. */
  readonly isOpen: boolean;
}

/** All deliveries of a journal, in the order of their first attempts. */
export function deliveriesIn(journal: readonly JournalEntry[]): readonly DeliveryView[] {
  const ends = new Map(entriesOf(journal, 'delivery-ended').map((entry) => [entry.delivery, entry]));
  return entriesOf(journal, 'notified').map(({ event, stakeholder, how, delivered, summary, at, delivery }) => {
    const first = { event, stakeholder, how, delivered, summary, attempts: 1, firstAt: at, lastAt: at };
    const end = delivery === undefined ? undefined : ends.get(delivery);
    if (!end) return { ...first, isOpen: delivery !== undefined };
    const { attempts, lastAt } = end;
    return { ...first, delivered: end.delivered, summary: end.summary, attempts: 1 + attempts, lastAt, isOpen: false };
  });
}
