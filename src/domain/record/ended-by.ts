import type { Entry, JournalEntry } from '../journal/entries.ts';
import { lastOf } from '../journal/read.ts';
import type { Actor } from '../journal/values.ts';

/** The person who ended a deployment by an abort or a rejection; null: something else did. */
export function endedBy(journal: readonly JournalEntry[], { cause }: Pick<Entry<'ended'>, 'cause'>): Actor | null {
  if (cause?.kind === 'abort') return cause.by;
  return cause?.kind === 'rejected' ? (lastOf(journal, 'rejected')?.by ?? null) : null;
}

/** Who wanted it to end, in words; null: no person did. */
export function wantedBy(journal: readonly JournalEntry[], ended: Pick<Entry<'ended'>, 'cause'>): string | null {
  if (ended.cause?.kind === 'cancelled') return 'whoever cancelled it in Temporal';
  return endedBy(journal, ended)?.name ?? null;
}
