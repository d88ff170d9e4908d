import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import { GantryError } from '../domain/base/errors.ts';
import type { KeptStop, Recovery } from '../domain/target/recovery.ts';
import { type BackupTail, createBackupWriter, readHead, readRow } from './backup-lines.ts';
import { beginRecovery } from './recoveries.ts';
import type { Tables } from './schema.ts';
import { applyUpTo, knownMigrations, namesOfApplied } from './schema-versions.ts';
import type { RestoreOptions } from './stored.ts';

type Db = Kysely<Tables>;

/** Rows that are read at a time; some hold a megabyte. */
const readAtOnce = 50;

/** Text that is written at a time, in characters. */
const writeAtOnce = 1_000_000;

/** Writes everything as it is at one instant. The transaction is one of a bulk pool. */
export async function dump(db: Db, write: (text: string) => Promise<void>, takenAt: string): Promise<BackupTail> {
  return db.transaction().execute(async (all) => {
    const writer = createBackupWriter(write);
    const [migrations, tables] = [await namesOfApplied(all), await ownTables(all)];
    const unknown = migrations.find((name) => !knownMigrations.includes(name));
    if (unknown !== undefined)
      throw new GantryError(
        'schema-too-new',
        `This build does not know all of the store (${unknown}): back it up with the build that migrated it.`,
      );
    if (tables.length === 0) throw new GantryError('not-ready', 'There is no store there: gantry migrate makes one.');
    await writer.begin({ gantry: 'backup', v: 1, takenAt, migrations: [...migrations] });
    for (const table of tables) {
      const rowsOf = sql`select row_to_json(t)::text as row from ${sql.table(table)} t`;
      await sql`declare everything no scroll cursor for ${rowsOf}`.execute(all);
      for (;;) {
        const { rows } = await sql<{ row: string }>`fetch ${sql.raw(String(readAtOnce))} from everything`.execute(all);
        const json = rows.map(({ row }) => row);
        await writer.rows(table, json);
        if (json.length < readAtOnce) break;
      }
      await sql`close everything`.execute(all);
    }
    return writer.end();
  });
}

/**
 * Writes a backup that was checked, all or nothing, with the mark that it was restored. What must not come back to
 * life is taken over from the store that is replaced. Throws `store-not-empty`, `invalid-backup`.
 */
export async function load(
  db: Db,
  lines: AsyncIterable<string>,
  { replace, recovery }: RestoreOptions,
): Promise<Recovery> {
  return db.transaction().execute(async (all) => {
    const before = await ownTables(all);
    const filled = await firstFilled(all, before);
    if (filled !== null && !replace)
      throw new GantryError(
        'store-not-empty',
        `The store holds something already (${filled}): restore into an empty one.`,
      );
    const stops = await stopsOf(all, before);
    for (const table of [...before, ...bookkeeping]) await sql`drop table if exists ${sql.table(table)}`.execute(all);
    let fresh: ReadonlySet<string> | null = null;
    let batch = { table: '', json: [] as string[], size: 0 };
    const flush = async () => {
      const { table, json } = batch;
      batch = { table: '', json: [], size: 0 };
      if (json.length === 0) return;
      await sql`insert into ${sql.table(table)} overriding system value
        select * from json_populate_recordset(null::${sql.table(table)}, ${`[${json.join(',')}]`}::json)`.execute(all);
    };
    // The last line is the digest, which was checked before.
    let held: string | null = null;
    for await (const line of lines) {
      const next = held;
      held = line;
      if (next === null) continue;
      if (fresh === null) {
        await applyUpTo(all, schemaOf(readHead(next).migrations));
        fresh = new Set(await ownTables(all));
        continue;
      }
      const { table, json } = readRow(next);
      if (!fresh.has(table)) throw new GantryError('invalid-backup', `Its schema has no table ${table}.`);
      if (table !== batch.table || batch.size > writeAtOnce) await flush();
      batch = { table, json: [...batch.json, json], size: batch.size + json.length };
    }
    await flush();
    await countOn(all);
    const marked = { ...recovery, kept: await keepStops(all, stops) };
    await beginRecovery(all, marked);
    return marked;
  });
}

/** The migrations that a backup names, which this build must know as its own first ones. Throws `invalid-backup`. */
function schemaOf(named: readonly string[]): readonly string[] {
  const unknown = named.find((name) => !knownMigrations.includes(name));
  if (unknown !== undefined)
    throw new GantryError(
      'invalid-backup',
      `The backup has a schema that this build does not know (${unknown}): restore it with the build that took it, or a newer one.`,
    );
  return knownMigrations.filter((name) => named.includes(name));
}

/** What migrations write themselves, when chores were last done, and what processes say that run. */
const bookkeeping = ['kysely_migration', 'kysely_migration_lock', 'schema_versions', 'chores', 'processes'];

/**
 * The tables of the store that exist, by name, also those that this role may not read: a backup without them would not be
 * whole. Other tables of the same database are not Gantry's.
 */
async function ownTables(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = current_schema() order by tablename`.execute(db);
  const own = new Set(ownNames);
  return rows.map(({ name }) => name).filter((name) => own.has(name));
}

/** Every table, so that one that is added is not left out of backups: the compiler asks for it here. */
const ownNames = Object.keys({
  evidence: 0,
  evidence_submissions: 0,
  refused_evidence: 0,
  refused_messages: 0,
  plans: 0,
  idempotency: 0,
  deployments: 0,
  journal: 0,
  targets: 0,
  fences: 0,
  records: 0,
  record_paths: 0,
  rehearsals: 0,
  outputs: 0,
  signing_keys: 0,
  alerts: 0,
  api_keys: 0,
  freezes: 0,
  recoveries: 0,
} satisfies Record<Snake<keyof Tables>, 0>);

type Snake<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${Snake<Tail>}`
  : '';

async function firstFilled(db: Db, tables: readonly string[]): Promise<string | null> {
  for (const table of tables) {
    const { rows } = await sql`select from ${sql.table(table)} limit 1`.execute(db);
    if (rows.length > 0) return table;
  }
  return null;
}

/** Numbers that the database assigns continue after the restored ones. */
async function countOn(db: Db): Promise<void> {
  const { rows } = await sql<{ table: string; column: string }>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = current_schema() and is_identity = 'YES'`.execute(db);
  for (const { table, column } of rows.filter((one) => ownNames.includes(one.table)))
    await sql`select setval(pg_get_serial_sequence(${table}, ${column}), coalesce(max(${sql.ref(column)}), 0) + 1, false)
      from ${sql.table(table)}`.execute(db);
}

/** Keys that are out of force for good, by the column that says since when. */
const endedKeys = [
  { kind: 'revoked-key', table: 'api_keys', column: 'revoked_at' },
  { kind: 'retired-signing-key', table: 'signing_keys', column: 'retired_at' },
] as const;

/** What must not come back to life with older rows: freezes, as rows, and the ends of keys. */
interface Stops {
  readonly freezes: readonly string[];
  readonly keys: readonly ((typeof endedKeys)[number] & { readonly id: string; readonly at: string })[];
}

async function stopsOf(db: Transaction<Tables>, tables: readonly string[]): Promise<Stops> {
  const rowsOf = async <Row>(table: string, query: RawBuilder<Row>) =>
    tables.includes(table) ? (await query.execute(db)).rows : [];
  const freezes = await rowsOf(
    'freezes',
    sql<{ row: string }>`select row_to_json(t)::text as row from freezes t
      where lifted_at is null and id not like 'recovery-%'`,
  );
  const keys: Stops['keys'][number][] = [];
  for (const of of endedKeys) {
    const at = sql.ref(of.column);
    const ended = sql<{ id: string; at: string }>`
      select id, ${at}::text as at from ${sql.table(of.table)} where ${at} is not null`;
    for (const row of await rowsOf(of.table, ended)) keys.push({ ...of, ...row });
  }
  return { freezes: freezes.map(({ row }) => row), keys };
}

/** Adds to the restored store what it lacks of them, and returns that. */
async function keepStops(db: Transaction<Tables>, { freezes, keys }: Stops): Promise<readonly KeptStop[]> {
  const kept: KeptStop[] = [];
  for (const row of freezes) {
    const { rows } = await sql<{ id: string }>`
      insert into freezes select * from json_populate_record(null::freezes, ${row}::json)
      on conflict (id) do nothing returning id`.execute(db);
    kept.push(...rows.map(({ id }) => ({ kind: 'freeze' as const, id })));
  }
  for (const { kind, table, column, id, at } of keys) {
    const ended = sql.ref(column);
    const { rows } = await sql`
      update ${sql.table(table)} set ${ended} = ${at} where id = ${id} and ${ended} is null returning id`.execute(db);
    if (rows.length > 0) kept.push({ kind, id });
  }
  return kept;
}
