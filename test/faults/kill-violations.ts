import { type Outcome } from '../../src/domain/base/phases.ts';
import { entriesOf, type JournalEntry } from '../../src/domain/journal/entries.ts';
import type { Told } from './kill-hearers.ts';

/** What is there once nothing of a deployment goes on any more. */
export interface KillEnd {
  readonly outcome: Outcome | null;
  /** Whoever acknowledged its page was told that it counts. */
  readonly isAcknowledged: boolean;
  readonly journal: readonly JournalEntry[];
  readonly told: readonly Told[];
  /** The file whose block tells what serves, and how many commits have changed it. */
  readonly document: string;
  readonly commits: number;
  readonly record: string;
}

interface Of {
  readonly kind: 'good' | 'broken' | 'late';
  readonly id: string;
}

/** As the record names whoever acknowledged the page. */
export const acknowledgerOf = { good: 'whoever held the link', late: 'Dan Osei' } as const;

/** What a killed worker or API must never lead to. */
export function killViolations({ kind, id }: Of, end: KillEnd): readonly string[] {
  const isBroken = kind === 'broken';
  const found = new Set<string>();
  const check = (isSo: boolean, otherwise: string) => void (isSo || found.add(otherwise));
  const { outcome, journal, told, document, commits, record } = end;
  const expected = isBroken ? 'rolled-back' : 'succeeded';
  const cause = entriesOf(journal, 'rollback-started')[0]?.cause ?? entriesOf(journal, 'ended')[0]?.cause ?? null;
  check(outcome === expected, `it ended as ${outcome}, because of ${JSON.stringify(cause)}`);
  check(
    journal.every(({ seq }, i) => seq === i + 1),
    'the journal has a gap',
  );
  check(entriesOf(journal, 'ended').length === 1, 'the journal has not one end');

  // People.
  const events = ['requested', 'approval-wanted', ...(isBroken ? [] : ['deployed']), 'ended'];
  for (const event of events) {
    const heard = told.filter((one) => one.who === 'team' && one.event === event);
    check(
      heard.some(({ isTaken }) => isTaken),
      `the team did not hear ${event}`,
    );
    check(new Set(heard.map((one) => one.id)).size <= 1, `${event} came under several ids`);
    const notified = entriesOf(journal, 'notified').filter(
      (one) => one.event === event && one.stakeholder === 'Shop team',
    );
    check(notified.length === 1, `the journal says ${notified.length} times that ${event} was told`);
  }
  for (const one of told) {
    const same = told.filter((other) => other.who === one.who && other.notification === one.notification);
    check(new Set(same.map((other) => other.id)).size === 1, `${one.event} came to ${one.who} under several ids`);
    const twice = told.filter((other) => other.who === one.who && other.event === 'page' && other.said === one.said);
    check(new Set(twice.map((other) => other.id)).size <= 1, `a page came to ${one.who} twice, under two ids`);
    check(
      told.some((other) => other.id === one.id && other.isTaken),
      `${one.event} was not told to ${one.who} again`,
    );
  }
  for (const { delivery, event, stakeholder } of entriesOf(journal, 'notified')) {
    if (delivery === undefined) continue;
    const ends = entriesOf(journal, 'delivery-ended').filter((other) => other.delivery === delivery);
    const isOne = ends.length === 1 && ends[0]?.delivered === true;
    check(isOne, `the delivery of ${event} to ${stakeholder} has ${ends.length} ends`);
  }

  // Pages.
  const pages = entriesOf(journal, 'page-opened');
  if (kind !== 'broken') {
    check(pages.length > 0, 'nobody was paged');
    for (const who of ['first', 'second'])
      check(
        told.some((one) => one.who === who && one.isTaken),
        `the page did not come the ${who} way`,
      );
    if (end.isAcknowledged) {
      const by = acknowledgerOf[kind];
      const counted = entriesOf(journal, 'page-ended').some(({ acknowledgement }) => acknowledgement !== null);
      check(counted, `the acknowledgement by ${by} was lost`);
      check(record.includes(by), 'the record names nobody who acknowledged');
    }
  }
  for (const { page } of pages) {
    const ends = entriesOf(journal, 'page-ended').filter((other) => other.page === page);
    check(ends.length === 1, `page ${page} has ${ends.length} ends`);
  }

  // Documents.
  const serves = isBroken ? '1.4.1' : '1.4.2';
  check(document.includes(`| Release | \`${serves}\` |`), 'the document does not tell what serves');
  check(commits === 1, `the document was changed by ${commits} commits`);
  const written = entriesOf(journal, 'document-written');
  check(written.length === 1, `the journal says ${written.length} times that the document was written`);
  check(entriesOf(journal, 'document-failed').length === 0, 'the journal says that the document was not written');
  check(record.includes(id), 'there is no record');
  return [...found];
}
