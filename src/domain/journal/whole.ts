import { GantryError } from '../base/errors.ts';
import type { JournalEntry } from './entries.ts';

const page = 500;

interface JournalSource {
  journal(deployment: string, after: number, limit: number): Promise<readonly JournalEntry[]>;
}

/**
 * The journal of a deployment as a source has it, up to `lastSeq`. Throws `journal-gap` where an entry is missing: nothing
 * is made of a journal with a hole in it.
 */
export async function wholeJournal(
  source: JournalSource,
  deployment: string,
  lastSeq = Number.POSITIVE_INFINITY,
): Promise<readonly JournalEntry[]> {
  const all: JournalEntry[] = [];
  while (all.length < lastSeq) {
    const some = await source.journal(deployment, all.length, Math.min(page, lastSeq - all.length));
    const missing = some.findIndex(({ seq }, i) => seq !== all.length + i + 1);
    if (missing !== -1) throw journalGap(deployment, all.length + missing + 1);
    all.push(...some);
    if (some.length < page) break;
  }
  if (Number.isFinite(lastSeq) && all.length < lastSeq) throw journalGap(deployment, all.length + 1);
  return all;
}

/** The entries of a deployment's journal that a source has, whether or not one between them is missing. */
export async function allEntries(source: JournalSource, deployment: string): Promise<readonly JournalEntry[]> {
  const all: JournalEntry[] = [];
  for (;;) {
    const some = await source.journal(deployment, all.length, page);
    all.push(...some);
    if (some.length < page) return all;
  }
}

/** The error for a missing entry of a journal. */
export function journalGap(deployment: string, seq: number): GantryError {
  return new GantryError('journal-gap', `Entry ${seq} of the journal of ${deployment} is missing in the store.`);
}
