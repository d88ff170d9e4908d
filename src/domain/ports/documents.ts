import type { Serves } from '../documents/serves.ts';
import type { DocumentTrouble } from '../journal/document-troubles.ts';
import type { EntryOf } from '../journal/entries.ts';
import type { PlannedRepository } from '../plan/documents.ts';
import type { Plan } from '../plan/plan.ts';
import type { OfRun, Refused } from './run-identity.ts';

export interface WriteDocumentsInput extends OfRun {
  readonly repository: PlannedRepository;
  /** Counts the writings of this deployment: a later one is not overwritten by an earlier one. */
  readonly writing: number;
  /** What the blocks say; null: only the record is written. */
  readonly serves: Serves | null;
}

/** Documents that were not written when their deployment ended; they go on in a workflow of their own. */
export interface LateDocumentsInput extends Omit<WriteDocumentsInput, 'repository' | 'seal' | 'serves'> {
  readonly rest: readonly Pick<WriteDocumentsInput, 'repository' | 'seal' | 'serves'>[];
  /** Written, or not, after the journal had ended. */
  readonly already: readonly WrittenDocument[];
  /** Who is notified of trouble. */
  readonly whom: { readonly stakeholders: Plan['policy']['stakeholders'] };
}

export interface DocumentsEnd {
  readonly at: string;
  readonly documents: readonly WrittenDocument[];
}

export type WrittenDocument = EntryOf<'document-written'> | EntryOf<'document-failed'>;

/** What became of each document; `failed`: none was written, and no other attempt would write any. */
export type WriteDocumentsResult =
  | { readonly kind: 'done'; readonly documents: readonly WrittenDocument[] }
  | { readonly kind: 'failed'; readonly trouble: DocumentTrouble; readonly why: string }
  | Refused;
