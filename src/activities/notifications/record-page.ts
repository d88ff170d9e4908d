import { GantryError } from '../../domain/base/errors.ts';
import type { JournalEntry } from '../../domain/journal/entries.ts';
import { fitEntry } from '../../domain/journal/fit-entry.ts';
import { untold } from '../../domain/journal/paging.ts';
import type { PageName } from '../../domain/ports/notification.ts';
import type { ActivityDeps } from '../deps.ts';
import { knownDeployment, publishAfterEnd } from '../records/after-end.ts';
import { readPage } from './acknowledgements.ts';

/**
 * Writes how a page went on into the journal of a deployment that has ended, each thing once, and publishes its record
 * again; answers why the file of that could not be written, or null. A deployment that still runs writes it itself.
 * Throws `not-ready` while it is about to close.
 */
export async function recordPage(deps: ActivityDeps, name: PageName): Promise<string | null> {
  const story = await readPage(deps, name);
  const known = story.length === 0 ? null : await knownDeployment(deps, name.deployment);
  if (!known || known.journal.length === 0) return null;
  const { journal } = known;
  const last = journal.at(-1)?.at ?? '';
  const more = untold(journal, story).map(
    ({ at, ...body }, i): JournalEntry => ({
      v: 1,
      seq: journal.length + 1 + i,
      at: at > last ? at : last,
      ...fitEntry(body),
    }),
  );
  if (more.length === 0) return null;
  try {
    return (await publishAfterEnd(deps, known, [...journal, ...more])).notExported;
  } catch (error) {
    if (error instanceof GantryError && error.code === 'too-early') return null;
    throw error;
  }
}
