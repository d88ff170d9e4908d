import type { ExpressionBuilder, Kysely, OnConflictDatabase, OnConflictTables } from 'kysely';
import type { JournalEntry } from '../domain/journal.ts';
import type { DeploymentRow } from '../domain/ports.ts';
import { deploymentColumns } from './deployments.ts';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

export function journalQueries(db: Kysely<Tables>): Pick<Store, 'appendJournal' | 'journal'> {
  return {
    /** The row goes first: its lock makes writers of one deployment wait for each other instead of for ever. */
    appendJournal: ({ deployment, entries, row }) =>
      db.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('deployments')
          .values(columnsOf(row))
          .onConflict((conflict) =>
            conflict.column('id').doUpdateSet(theNewRow).whereRef('deployments.lastSeq', '<=', 'excluded.lastSeq'),
          )
          .execute();
        if (entries.length === 0) return;
        await transaction
          .insertInto('journal')
          .values(entries.map((entry) => ({ deployment, seq: entry.seq, entry: JSON.stringify(entry) })))
          .onConflict((conflict) => conflict.columns(['deployment', 'seq']).doNothing())
          .execute();
      }),

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
