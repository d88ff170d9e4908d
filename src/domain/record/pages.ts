import { type DeliveryView, deliveriesIn } from '../journal/deliveries.ts';
import { entriesOf, type JournalEntry } from '../journal/entries.ts';
import { type PageAcknowledgement } from '../journal/values.ts';

/** One page: its channels, round by round, and who acknowledged it. */
export interface PageRow {
  readonly page: string;
  readonly told: readonly (Pick<
    DeliveryView,
    'stakeholder' | 'how' | 'delivered' | 'attempts' | 'firstAt' | 'lastAt'
  > & {
    readonly round: number;
  })[];
  readonly end:
    | { readonly kind: 'acknowledged'; readonly by: PageAcknowledgement }
    | { readonly kind: 'nobody'; readonly at: string }
    | { readonly kind: 'open'; readonly until: string };
}

/** All pages of a journal, also what became of them after its end. */
export function pagesIn(whole: readonly JournalEntry[]): readonly PageRow[] {
  const sent = deliveriesIn(whole);
  const ends = entriesOf(whole, 'page-ended');
  const given = entriesOf(whole, 'acknowledged').filter((entry) => entry.for === 'page');
  return entriesOf(whole, 'page-opened').map(({ page, until, seq }) => {
    const told = sent.flatMap(({ page: of, round = 1, ...one }) => (of === page ? [{ ...one, round }] : []));
    const end = ends.find((entry) => entry.page === page);
    const acknowledged = given.find((entry) => entry.seq > seq);
    if (end?.acknowledgement) return { page, told, end: { kind: 'acknowledged', by: end.acknowledgement } };
    if (end) return { page, told, end: { kind: 'nobody', at: end.at } };
    if (!acknowledged) return { page, told, end: { kind: 'open', until } };
    const { name: who, subject, via, identity } = acknowledged.by;
    const by = { who, subject, via, identity, at: acknowledged.at };
    return { page, told, end: { kind: 'acknowledged', by } };
  });
}
