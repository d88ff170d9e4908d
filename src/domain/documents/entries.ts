import type { Entry, JournalEntry } from '../journal/entries.ts';
import type { PlannedDocument } from '../plan/documents.ts';

type DocumentEntry = Entry<'document-written'> | Entry<'document-failed'> | Entry<'document-pending'>;

export function isDocumentEntry(entry: JournalEntry): entry is DocumentEntry {
  return entry.type === 'document-written' || entry.type === 'document-failed' || entry.type === 'document-pending';
}

/** Whether an entry is about a document of a plan. The file of a record lies in the folder that the plan names. */
function isAbout(entry: DocumentEntry, repository: string, { path, what }: PlannedDocument): boolean {
  const isThere =
    what.kind === 'block'
      ? entry.path === path && entry.block === what.block
      : entry.block === null && (entry.path === path || entry.path.startsWith(`${path}/`));
  return entry.repository === repository && isThere;
}

/** The last word on a document of a plan. */
export function lastWordOn(
  journal: readonly JournalEntry[],
  repository: string,
  document: PlannedDocument,
): DocumentEntry | undefined {
  return journal.filter(isDocumentEntry).findLast((entry) => isAbout(entry, repository, document));
}
