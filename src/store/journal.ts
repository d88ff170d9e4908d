import { type ExpressionBuilder, type Kysely, type OnConflictDatabase, type OnConflictTables, sql } from 'kysely';
import { GantryError } from '../domain/base/errors.ts';
import type { DeploymentRow, JournalBatch } from '../domain/journal/batch.ts';
import type { JournalEntry } from '../domain/journal/entries.ts';
import { deploymentColumns } from './deployments.ts';
import type { Tables } from './schema.ts';

/** Each write of entries sends a notification here with its transaction: `<deployment> <seq>`, the greatest number written. */
export const journalChannel = 'gantry_journal';

/** Reads a notification of {@link journalChannel}; null: Gantry did not send it. */
export function readNotification(payload: string): { readonly deployment: string; readonly seq: number } | null {
  const [, deployment, seq] = /^(\S+) (\d{1,10})$/.exec(payload) ?? [];
  return deployment === undefined ? null : { deployment, seq: Number(seq) };
}

export function journalQueries(db: Kysely<Tables>) {
  return {
    /**
     * Writes entries under (deployment, seq), each once, and the deployment's row unless a newer one is there. Throws
     * `journal-conflict` where another entry has one of these numbers; those that have a free one are written all the same.
     * One statement, so that each activity costs one round trip: the row, unless a newer one is there, the entries, and their
     * notification.
     */
    async appendJournal({ deployment, entries, row }: JournalBatch): Promise<void> {
      const saveRow = (to: Pick<Kysely<Tables>, 'insertInto'>) =>
        to
          .insertInto('deployments')
          .values(columnsOf(row))
          .onConflict((conflict) =>
            conflict.column('id').doUpdateSet(theNewRow).whereRef('deployments.lastSeq', '<=', 'excluded.lastSeq'),
          )
          .returning('id');
      if (entries.length === 0) {
        await saveRow(db).execute();
        return;
      }
      const notification = `${deployment} ${Math.max(...entries.map(({ seq }) => seq))}`;
      const written = await db
        .with('saved', saveRow)
        .with('written', (to) =>
          to
            .insertInto('journal')
            .values(entries.map((entry) => ({ deployment, seq: entry.seq, entry: JSON.stringify(entry) })))
            .onConflict((conflict) => conflict.columns(['deployment', 'seq']).doNothing())
            .returning('seq'),
        )
        .selectFrom('written')
        // Of equal notifications in one transaction PostgreSQL sends one.
        .select(['seq', sql`pg_notify(${journalChannel}, ${notification})`.as('notified')])
        .execute();
      const isNew = new Set(written.map(({ seq }) => seq));
      const again = entries.filter(({ seq }) => !isNew.has(seq));
      await requireSame(db, deployment, again);
    },

    async journal(deployment: string, after: number, limit: number): Promise<readonly JournalEntry[]> {
      const rows = await db
        .selectFrom('journal')
        .select('entry')
        .where('deployment', '=', deployment)
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(limit)
        .execute();
      return rows.map(({ entry }) => JSON.parse(entry) as JournalEntry);
    },

    /** Number of the last entry up to which none is missing; 0 where the first one is. */
    async wholeUpTo(deployment: string): Promise<number> {
      // Without a first entry the others stand behind a gap.
      const { rows } = await sql<{ last: number | null }>`
        select min(entry.seq) as last from journal as entry
        where entry.deployment = ${deployment}
          and not exists (select from journal as next where next.deployment = ${deployment} and next.seq = entry.seq + 1)
          and exists (select from journal as first where first.deployment = ${deployment} and first.seq = 1)`.execute(
        db,
      );
      return rows[0]?.last ?? 0;
    },
  };
}

/** Entries that the store has already are written again after an answer was lost. Throws `journal-conflict` where they are others. */
async function requireSame(db: Kysely<Tables>, deployment: string, again: readonly JournalEntry[]): Promise<void> {
  if (again.length === 0) return;
  const numbers = again.map(({ seq }) => seq);
  const rows = await db
    .selectFrom('journal')
    .select(['seq', 'entry'])
    .where('deployment', '=', deployment)
    .where('seq', 'in', numbers)
    .execute();
  const known = new Map(rows.map(({ seq, entry }) => [seq, entry]));
  const other = again.find((entry) => known.get(entry.seq) !== JSON.stringify(entry));
  if (!other) return;
  const kept = JSON.parse(known.get(other.seq) ?? '{}') as Partial<JournalEntry>;
  throw new GantryError(
    'journal-conflict',
    `Entry ${other.seq} of ${deployment} is ${nameOf(kept)} in the store, and ${nameOf(other)} is to be written there: two builds of the worker carry it out (docs/how-to/upgrade.md).`,
  );
}

function nameOf({ type, at }: Partial<JournalEntry>): string {
  return `${type ?? 'unreadable'} of ${at ?? 'no time'}`;
}

/** The row of a newer workflow may have members that this table has no column for; they must not stop it. */
function columnsOf(row: DeploymentRow): DeploymentRow {
  return Object.fromEntries(deploymentColumns.map((column) => [column, row[column]])) as unknown as DeploymentRow;
}

type Conflict = ExpressionBuilder<OnConflictDatabase<Tables, 'deployments'>, OnConflictTables<'deployments'>>;

function theNewRow(row: Conflict) {
  return Object.fromEntries(deploymentColumns.map((column) => [column, row.ref(`excluded.${column}`)]));
}
