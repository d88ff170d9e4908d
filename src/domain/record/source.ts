import { GantryError } from '../errors.ts';
import { type Entry, type EntryType, entriesOf, type JournalEntry } from '../journal.ts';
import type { Plan, PlannedAction } from '../plan.ts';
import { findPerson, findRobot } from '../policy/find-person.ts';
import { bindingsLookup, fillAll } from '../references.ts';
import { type DeploymentState, stateOf } from '../state.ts';

/** What every part of a record is made of. `journal` holds only the entries that the record covers. */
export interface Source {
  readonly plan: Plan;
  readonly planDigest: string;
  readonly journal: readonly JournalEntry[];
  readonly state: DeploymentState;
  readonly requested: Entry<'requested'>;
  readonly ended: Entry<'ended'> | null;
  readonly last: JournalEntry;
  readonly review: Review | null;
  /** What came after `ended` with it. */
  readonly whole: readonly JournalEntry[];
}

/** The review of an emergency: it is opened before the end and closed after it, so the record goes on covering it. */
export interface Review {
  readonly dueAt: string;
  readonly closed: Pick<Entry<'review-closed'>, 'by' | 'at' | 'findings'> | null;
}

export function reviewOf(whole: readonly JournalEntry[]): Review | null {
  const opened = lastOf(whole, 'review-opened');
  const closed = lastOf(whole, 'review-closed');
  if (!opened) return null;
  return {
    dueAt: opened.dueAt,
    closed: closed && { by: closed.by, at: closed.at, findings: closed.findings },
  };
}

/** The entries that a record covers: `ended` is the last of them. */
export function coveredEntries(journal: readonly JournalEntry[]): readonly JournalEntry[] {
  const end = journal.findIndex((entry) => entry.type === 'ended');
  return end === -1 ? journal : journal.slice(0, end + 1);
}

/** The last entry that a final record speaks of: what came after `ended` and belongs to it, too. */
export function lastRecorded(journal: readonly JournalEntry[]): JournalEntry | undefined {
  return journal.findLast(({ type }) => recorded.has(type));
}

const recorded: ReadonlySet<EntryType> = new Set([
  'ended',
  'notified',
  'page-ended',
  'review-closed',
  'note-added',
  'delivery-ended',
  'document-written',
  'document-failed',
]);

/** Throws `internal` for a journal that does not begin with the request: nothing can be said about it. */
export function sourceOf(plan: Plan, planDigest: string, whole: readonly JournalEntry[]): Source {
  const journal = coveredEntries(whole);
  const [requested] = journal;
  const last = journal.at(-1);
  if (requested?.type !== 'requested' || !last)
    throw new GantryError('internal', 'The journal does not begin with the request.');
  const ended = last.type === 'ended' ? last : null;
  const state = stateOf(plan, journal);
  return { plan, planDigest, journal, state, requested, ended, last, review: reviewOf(whole), whole };
}

/** The last entry of a type for which the condition holds. */
export function lastOf<Type extends EntryType>(
  journal: readonly JournalEntry[],
  type: Type,
  holds: (entry: Entry<Type>) => boolean = () => true,
): Entry<Type> | null {
  return entriesOf(journal, type).findLast(holds) ?? null;
}

/** Milliseconds from one ISO time to another. */
export function msBetween(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from);
}

/** A subject or alias as people read it: `Alice Roe (github:alice)`. */
export function nameOf(plan: Plan, subject: string): string {
  const known = findPerson(plan.policy.people, subject) ?? findRobot(plan.policy.robots, subject);
  return known ? `${known.name} (${subject})` : subject;
}

/** Whether a check compares the digest of the artifact, or hands it to a command that does, and so proves which bytes answer. */
export function readsArtifactBack({ artifact }: Pick<Plan, 'artifact'>, { spec }: Plan['health'][number]): boolean {
  const { json, command } = spec;
  return JSON.stringify([json ?? null, command ?? null]).includes(artifact.digest);
}

/** A spec with everything filled in that is known so far. */
export function boundSpec(
  state: Pick<DeploymentState, 'bindings'>,
  spec: PlannedAction['spec'],
): PlannedAction['spec'] {
  return state.bindings ? fillAll(spec, bindingsLookup(state.bindings)) : spec;
}
