import { type Kysely, type Migration, Migrator, sql } from 'kysely';
import { GantryError, hasCode } from '../domain/base/errors.ts';
import {
  type AppliedMigration,
  type BuildSchemas,
  requireSchema,
  type StoreSchema,
} from '../domain/base/store-schema.ts';
import { migrations, oldestSchema } from './migrations.ts';

/** The names of all migrations of this build, in their order. */
export const knownMigrations: readonly string[] = Object.keys(migrations).sort();
/** The schemas that this build works with, as far as it knows them; newer ones say themselves whether they carry it. */
const ownSchemas: BuildSchemas = { known: knownMigrations, oldest: oldestSchema };
/** From here on each migration notes in the store which builds work with it. */
const firstWithWord = '0012-which-builds-it-carries';

/**
 * Applies what is missing and answers its names; nothing where the store has a newer schema that carries this build.
 * Others who migrate at the same time wait for each other. Throws `schema-too-new` where there is nothing to be done.
 */
export async function applyMigrations<Any>(db: Kysely<Any>): Promise<readonly string[]> {
  if (await isAhead(db)) return [];
  const { error, results } = await migratorOf(db).migrateToLatest();
  if (error === undefined)
    return (results ?? []).filter(({ status }) => status === 'Success').map(({ migrationName }) => migrationName);
  // A newer build may have been here first.
  if (await isAhead(db)) return [];
  throw error;
}

/** What schema the store has. Throws `schema-too-new` or `not-ready` where this build does not work with it. */
export async function checkSchema<Any>(db: Kysely<Any>): Promise<StoreSchema> {
  return requireSchema(ownSchemas, await appliedMigrations(db));
}

/** Whether a newer build has migrated the store, and carries this one. */
async function isAhead<Any>(db: Kysely<Any>): Promise<boolean> {
  const applied = await appliedMigrations(db);
  const { isNewer } = requireSchema({ ...ownSchemas, oldest: '' }, applied);
  const lacks = knownMigrations.filter((name) => !applied.some((one) => one.name === name));
  if (isNewer && lacks.length > 0)
    throw new GantryError(
      'schema-too-new',
      `The store was migrated by a build that does not know ${lacks.join(', ')}: use one that knows all of its migrations.`,
    );
  return isNewer;
}

async function appliedMigrations<Any>(db: Kysely<Any>): Promise<readonly AppliedMigration[]> {
  const asked = async (text: string) => (await sql<AppliedMigration>`${sql.raw(text)}`.execute(db)).rows;
  try {
    return await asked(
      'select name, carries from kysely_migration left join schema_versions on migration = name order by name',
    );
  } catch (error) {
    if (!isMissingTable(error)) throw error;
  }
  try {
    return await asked('select name, null as carries from kysely_migration order by name');
  } catch (error) {
    if (isMissingTable(error)) return [];
    throw error;
  }
}

function isMissingTable(error: unknown): boolean {
  return hasCode(error, 'not-ready');
}

/** The names of those that a store has had. */
export async function namesOfApplied<Any>(db: Kysely<Any>): Promise<readonly string[]> {
  return (await appliedMigrations(db)).map(({ name }) => name);
}

/** Applies these migrations to an empty store, in the transaction of the caller. */
export async function applyUpTo<Any>(db: Kysely<Any>, names: readonly string[]): Promise<void> {
  await sql`create table kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null)`.execute(db);
  for (const [name, migration] of ownMigrations()) {
    if (!names.includes(name)) continue;
    await migration.up(db);
    await sql`insert into kysely_migration (name, timestamp) values (${name}, ${new Date().toISOString()})`.execute(db);
  }
}

function migratorOf<Any>(db: Kysely<Any>): Migrator {
  return new Migrator({
    db: db.withoutPlugins(),
    provider: { getMigrations: () => Promise.resolve(Object.fromEntries(ownMigrations())) },
  });
}

function ownMigrations(): readonly (readonly [string, Migration])[] {
  let carries = '';
  return Object.entries(migrations).map(([name, change]) => {
    carries = change.carries ?? (carries || name);
    const carried = carries;
    const up: Migration['up'] = async (db) => {
      for (const text of change.statements) await sql.raw(text).execute(db);
      if (name >= firstWithWord)
        await sql`insert into schema_versions (migration, carries) values (${name}, ${carried})`.execute(db);
    };
    return [name, { up }] as const;
  });
}
