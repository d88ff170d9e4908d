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
