import { migrations } from '../../src/store/migrations.ts';
import { query } from './postgres.ts';

/** Sorts after every migration that there is. */
export const nextMigration = '9000-of-the-next-build';

const made = Object.values(migrations).flatMap(({ statements }) =>
  statements.map((text) => /^(create|drop) table (\w+)/.exec(text)),
);
const tablesThat = (verb: string) => made.flatMap((found) => (found?.[1] === verb ? [found[2] ?? ''] : []));
const dropped = new Set(tablesThat('drop'));

/** What such a migration of a next build could run: every table has a column more, and there is one that nobody here knows. */
export const nextStatements: readonly string[] = [
  ...tablesThat('create')
    .filter((table) => !dropped.has(table))
    .map((table) => `alter table ${table} add column of_the_next_build text not null default 'new'`),
  'create table of_the_next_build (id text primary key)',
  'create index on journal (deployment, seq, of_the_next_build)',
];

/** Brings a store on PostgreSQL to a schema as a next build leaves it that carries this one, and says so there. */
export async function migrateToNext(address: string): Promise<void> {
  for (const statement of nextStatements) await query(address, statement);
  await sayMigrated(address, nextMigration, Object.keys(migrations).at(-1) ?? '');
}

/** Leaves word of a migration, as the build that ran it does. */
export async function sayMigrated(address: string, name: string, carries: string): Promise<void> {
  await query(address, `insert into kysely_migration (name, timestamp) values ('${name}', now()::text)`);
  await query(address, `insert into schema_versions (migration, carries) values ('${name}', '${carries}')`);
}
