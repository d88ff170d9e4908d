import { GantryError } from '../domain/errors.ts';
import type { JournalEntry } from '../domain/journal.ts';
import type { Store } from '../store/store.ts';

const page = 500;

/** The store's journal of a deployment up to `lastSeq`. Throws `internal` where an entry is missing. */
export async function wholeJournal(
  store: Pick<Store, 'journal'>,
  deployment: string,
  lastSeq = Number.POSITIVE_INFINITY,
): Promise<readonly JournalEntry[]> {
  const all: JournalEntry[] = [];
  while (all.length < lastSeq) {
    const some = await store.journal(deployment, all.length, Math.min(page, lastSeq - all.length));
    all.push(...some);
    if (some.length < page) break;
  }
  const gap = all.findIndex(({ seq }, i) => seq !== i + 1);
  if (gap !== -1 || (Number.isFinite(lastSeq) && all.length < lastSeq))
    throw new GantryError(
      'internal',
      `The store lacks entry ${gap === -1 ? all.length + 1 : gap + 1} of the journal of ${deployment}.`,
    );
  return all;
}
