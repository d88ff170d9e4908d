import type { OfDeployment } from '../../domain/ports/callers.ts';
import type { PageName } from '../../domain/ports/notification.ts';
import type { LateNoteInput } from '../../domain/ports/targets.ts';
import { activities } from '../engine/activities.ts';
import { codeOf, rootMessage } from '../engine/failures.ts';
import type { InTurn } from '../engine/in-turn.ts';
import { pageOf } from '../notifications/page-target.ts';
import { exportLater } from '../record-export.ts';
import type { Shared } from './shared.ts';

/** What belongs into the journal of a deployment that is over: its documents, a page that has gone on, or a person's note. */
export type LateEntry = OfDeployment | PageName | LateNoteInput;

/** Writes it behind the end of the deployment's journal, in turn. */
export async function recordLate(target: Pick<Shared, 'get'>, journals: InTurn, said: LateEntry): Promise<void> {
  const { deployment } = said;
  try {
    const notExported = await journals.run(() => record(said));
    if (notExported !== null) await exportLater(deployment);
  } catch (error) {
    // What could not be written of documents and pages is in the workflow that it was left to; a note is nowhere else.
    const isRefused = refusals.has(codeOf(error) ?? '');
    if (!('note' in said) || isRefused) return;
    const why = rootMessage(error);
    const paged = pageOf(target.get(), deployment, `A note on ${deployment} could not be written: ${why}`);
    await paged.catch(() => undefined); // nobody could be notified
  }
}

/** A worker has raised the alarm already, or there is nothing to write. */
const refusals: ReadonlySet<string> = new Set(['unproven-message', 'forbidden', 'other-target', 'too-early']);

function record(said: LateEntry): Promise<string | null> {
  if ('note' in said) return activities.recordNote(said);
  return 'page' in said ? activities.recordPage(said) : activities.recordDocuments(said);
}
