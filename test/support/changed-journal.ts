import { digestOfJson } from '../../src/domain/base/canonical-json.ts';
import type { EntryBody, EntryType, JournalEntry } from '../../src/domain/journal/entries.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { JournalFixture } from './journal.ts';

/** A deployment, changed in one way. */
export type Change = (given: JournalFixture) => JournalFixture;
type Loose = Readonly<Record<string, unknown>>;

export const renumber = (journal: readonly JournalEntry[]) => journal.map((entry, i) => ({ ...entry, seq: i + 1 }));
export const fits = (entry: JournalEntry, type: EntryType, where: Loose) =>
  entry.type === type && Object.entries(where).every(([key, value]) => (entry as unknown as Loose)[key] === value);

/** Without these entries. */
export const without =
  (type: EntryType, where: Loose = {}): Change =>
  (given) => ({ ...given, journal: renumber(given.journal.filter((entry) => !fits(entry, type, where))) });

/** With these entries changed. */
export const changed =
  (type: EntryType, where: Loose, change: Loose): Change =>
  (given) => ({
    ...given,
    journal: given.journal.map((entry) => (fits(entry, type, where) ? { ...entry, ...change } : entry)),
  });

/** With an entry right before its end. */
export const beforeEnd =
  (body: EntryBody): Change =>
  (given) => {
    const last = given.journal.at(-1) as JournalEntry;
    return {
      ...given,
      journal: renumber([...given.journal.slice(0, -1), { v: 1, seq: 0, at: last.at, ...body }, last]),
    };
  };

/** Another plan that was frozen and approved just as well. */
export const planned =
  (change: (plan: Plan) => Partial<Plan>): Change =>
  ({ plan, planDigest, journal }) => {
    const other = { ...plan, ...change(plan) };
    const digest = digestOfJson(other);
    return {
      plan: other,
      planDigest: digest,
      journal: JSON.parse(JSON.stringify(journal).replaceAll(planDigest, digest)) as readonly JournalEntry[],
    };
  };

/** One change after the other. */
export const all =
  (...changes: readonly Change[]): Change =>
  (given) =>
    changes.reduce((changing, change) => change(changing), given);
