import { deliveriesIn } from '../journal/deliveries.ts';
import { entriesOf, type JournalEntry } from '../journal/entries.ts';

/** One page: its channels, round by round, and who acknowledged it. */
export type PageRow = ReturnType<typeof pagesIn>[number];

/** All pages of a journal, also what became of them after its end. */
export function pagesIn(whole: readonly JournalEntry[]) {
  const sent = deliveriesIn(whole);
  const ends = entriesOf(whole, 'page-ended');
  const given = entriesOf(whole, 'acknowledged').filter((entry) => entry.for === 'page');
  return entriesOf(whole, 'page-opened').map(({ page, until, seq }) => {
    const told = sent.flatMap(({ page: of, round = 1, ...one }) => (of === page ? [{ ...one, round }] : []));
    const end = ends.find((entry) => entry.page === page);
    const acknowledged = given.find((entry) => entry.seq > seq);
    if (end?.acknowledgement) return { page, told, end: { kind: 'acknowledged' as const, by: end.acknowledgement } };
    if (end) return { page, told, end: { kind: 'nobody' as const, at: end.at } };
    if (!acknowledged) return { page, told, end: { kind: 'open' as const, until } };
    const { name: who, subject, via, identity } = acknowledged.by;
    const by = { who, subject, via, identity, at: acknowledged.at };
    return { page, told, end: { kind: 'acknowledged' as const, by } };
  });
}
