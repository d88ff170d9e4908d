import { fieldsOf } from '../base/fields.ts';
import { parseDeploymentId } from '../base/ids.ts';
import { entriesOf, type JournalEntry } from '../journal/entries.ts';
import { type Actor } from '../journal/values.ts';
import { type MessageArgument, maxAccepted } from '../messages/messages.ts';
import { readMessage } from '../messages/read.ts';

/** A note on a deployment that has ended, as the API vouched for it: its target has it written. */
export interface LateNote {
  readonly deployment: string;
  readonly note: MessageArgument<'note'>;
}

/** Whether this is such a note; an activity verifies it. */
export function isLateNote(raw: unknown): raw is LateNote {
  const { deployment, note } = fieldsOf(raw);
  if (typeof deployment !== 'string' || !parseDeploymentId(deployment)) return false;
  try {
    readMessage('note', note);
    return true;
  } catch {
    return false;
  }
}

/** Whether a deployment accepts one more note of a person. */
export function hasRoomForNote(journal: readonly JournalEntry[], subject: string): boolean {
  const notes = entriesOf(journal, 'note-added');
  const own = notes.filter(({ by }) => by.subject === subject);
  return own.length < maxAccepted.note.ofEach && notes.length < maxAccepted.note.inAll;
}

/**
 * The entry of a note after the end of a journal, at an ISO 8601 time; null where the same person has sent the same note
 * there already, which is a repeat, or where the deployment accepts no more notes.
 */
export function lateNoteEntry(
  journal: readonly JournalEntry[],
  by: Actor,
  { severity, statement }: MessageArgument<'note'>,
  at: string,
): JournalEntry | null {
  const own = entriesOf(journal, 'note-added').filter((one) => one.by.subject === by.subject);
  const end = entriesOf(journal, 'ended')[0]?.seq ?? Number.POSITIVE_INFINITY;
  if (own.some((one) => one.seq > end && one.statement === statement && one.severity === severity)) return null;
  if (!hasRoomForNote(journal, by.subject)) return null;
  const last = journal.at(-1)?.at ?? '';
  return { v: 1, seq: journal.length + 1, at: at > last ? at : last, type: 'note-added', by, severity, statement };
}
