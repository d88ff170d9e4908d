import type { EntryType, JournalEntry } from './entries.ts';

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
