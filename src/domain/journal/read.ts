import { pick } from '../base/pick.ts';
import { type Entry, type EntryType, entriesOf, type JournalEntry } from './entries.ts';

/** The review of an emergency: opened before `ended` and closed after it; the record covers both. */
export interface Review {
  readonly dueAt: string;
  readonly closed: Pick<Entry<'review-closed'>, 'by' | 'at' | 'findings'> | null;
}

export function reviewOf(whole: readonly JournalEntry[]): Review | null {
  const opened = lastOf(whole, 'review-opened');
  const closed = lastOf(whole, 'review-closed');
  if (!opened) return null;
  return { dueAt: opened.dueAt, closed: closed && pick(closed, 'by', 'at', 'findings') };
}

/** The entries that a record covers: `ended` is the last of them. */
export function coveredEntries(journal: readonly JournalEntry[]): readonly JournalEntry[] {
  const end = journal.findIndex((entry) => entry.type === 'ended');
  return end === -1 ? journal : journal.slice(0, end + 1);
}

/** The last entry that a final record covers, with those after `ended` that belong to it. */
export function lastRecorded(journal: readonly JournalEntry[]): JournalEntry | undefined {
  return journal.findLast(({ type }) => recorded.has(type));
}
const recorded: ReadonlySet<EntryType> = new Set([
  'ended',
  'notified',
  'page-ended',
  'review-closed',
  'note-added',
  'delivery-ended',
  'document-written',
  'document-failed',
]);

/** The last entry of a type for which the condition holds. */
export function lastOf<Type extends EntryType>(
  journal: readonly JournalEntry[],
  type: Type,
  holds: (entry: Entry<Type>) => boolean = () => true,
): Entry<Type> | null {
  return entriesOf(journal, type).findLast(holds) ?? null;
}

/** Milliseconds from one ISO time to another. */
export function msBetween(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from);
}
