import type { Stamp } from '../../domain/documents/block.ts';
import type { RecordOwner } from '../../domain/documents/place-taken.ts';
import type { DocumentTrouble } from '../../domain/journal/document-troubles.ts';
import type { PlannedRepository } from '../../domain/plan/documents.ts';

/** What is to stand in one file of a repository. */
export type FileJob =
  | {
      readonly kind: 'block';
      readonly path: string;
      readonly block: string;
      readonly stamp: Stamp;
      readonly words: string;
    }
  | { readonly kind: 'record'; readonly path: string; readonly content: string; readonly owner: RecordOwner };

/** Everything of one commit, as the process gets it that carries it out. */
export interface RepositoryJob extends Pick<PlannedRepository, 'url' | 'branch' | 'author'> {
  /** An empty folder of its own. */
  readonly folder: string;
  /** Where git is looked for. */
  readonly path: string;
  /** A header for the remote alone; null: none. */
  readonly authorization: string | null;
  readonly files: readonly FileJob[];
  readonly message: string;
}

export type FileResult =
  | { readonly kind: 'written'; readonly difference: string }
  | { readonly kind: 'same' }
  /** `by`: who has written it later. */
  | { readonly kind: 'newer'; readonly by: string }
  | { readonly kind: 'unusable'; readonly why: string };

/** One result for each file, in their order; revisions are of the branch. */
export type RepositoryAnswer =
  | { readonly kind: 'done'; readonly before: string; readonly after: string; readonly files: readonly FileResult[] }
  | { readonly kind: 'failed'; readonly trouble: DocumentTrouble; readonly why: string };
