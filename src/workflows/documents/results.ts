import { documentTroubles } from '../../domain/journal/document-troubles.ts';
import type { PlannedRepository } from '../../domain/plan/documents.ts';
import type { WriteDocumentsResult, WrittenDocument } from '../../domain/ports/documents.ts';

/** The result of a repository whose last attempt failed. */
export function failureOf({ name }: PlannedRepository, why: string): WriteDocumentsResult {
  const trouble = documentTroubles.find((one) => why.startsWith(`${name}: ${one}: `)) ?? 'failed';
  return { kind: 'failed', trouble, why };
}

/** One entry for each document of a repository. */
export function writtenBy(
  { name, documents }: PlannedRepository,
  result: WriteDocumentsResult,
): readonly WrittenDocument[] {
  if (result.kind === 'done') return result.documents;
  const trouble = result.kind === 'failed' ? result.trouble : 'refused';
  const why = result.kind === 'failed' ? result.why : result.detail;
  return documents.map(({ path, what }) => ({
    type: 'document-failed',
    repository: name,
    path,
    block: blockOf(what),
    trouble,
    why,
  }));
}

/** The block that a document is; null where it is a record. */
export function blockOf(what: PlannedRepository['documents'][number]['what']): string | null {
  return what.kind === 'block' ? what.block : null;
}

/** Which documents were not written, and why; null: all were. */
export function failedIn(
  { name }: PlannedRepository,
  entries: readonly WrittenDocument[],
): { readonly which: string; readonly why: string } | null {
  const failed = entries.filter((entry) => entry.type === 'document-failed');
  const [first] = failed;
  if (!first) return null;
  return { which: failed.map(({ path }) => `${name}:${path}`).join(', '), why: `${first.trouble}: ${first.why}` };
}
