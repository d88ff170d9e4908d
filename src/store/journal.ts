import type { ExpressionBuilder, Kysely, OnConflictDatabase, OnConflictTables } from 'kysely';
import type { JournalEntry } from '../domain/journal.ts';
import type { DeploymentRow } from '../domain/ports/publishing.ts';
import { deploymentColumns } from './deployments.ts';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

export function journalQueries(db: Kysely<Tables>): Pick<Store, 'appendJournal' | 'journal'> {
  return {
    /** One statement, so that each activity costs one round trip: the row, unless a newer one is there, and the entries. */
    async appendJournal({ deployment, entries, row }) {
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
      await db
        .with('saved', saveRow)
        .insertInto('journal')
        .values(entries.map((entry) => ({ deployment, seq: entry.seq, entry: JSON.stringify(entry) })))
        .onConflict((conflict) => conflict.columns(['deployment', 'seq']).doNothing())
        .execute();
    },

    async journal(deployment, after, limit) {
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
  };
}

/** A workflow of a newer version may say more about itself than this table knows; that must not stop it. */
function columnsOf(row: DeploymentRow): DeploymentRow {
  return Object.fromEntries(deploymentColumns.map((column) => [column, row[column]])) as unknown as DeploymentRow;
}

type Conflict = ExpressionBuilder<OnConflictDatabase<Tables, 'deployments'>, OnConflictTables<'deployments'>>;

function theNewRow(row: Conflict) {
  return Object.fromEntries(deploymentColumns.map((column) => [column, row.ref(`excluded.${column}`)]));
}
