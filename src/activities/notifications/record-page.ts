import { insteadOf } from '../../domain/base/errors.ts';
import { untold } from '../../domain/journal/paging.ts';
import type { PageName } from '../../domain/ports/notification.ts';
import type { ActivityDeps } from '../deps.ts';
import { knownDeployment } from '../journal/known-deployment.ts';
import { entriesAfter, publishAfterEnd, timeAfter } from '../records/after-end.ts';
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
  const more = untold(journal, story).map((entry) => ({ ...entry, at: timeAfter(journal, entry.at) }));
  if (more.length === 0) return null;
  const whole = [...journal, ...entriesAfter(journal, more)];
  return publishAfterEnd(deps, known, whole).catch(insteadOf('too-early', null));
}
