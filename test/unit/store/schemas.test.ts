import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../src/store/index.ts';
import { migrations, oldestSchema } from '../../../src/store/migrations.ts';
import { migrateToNext, nextMigration, sayMigrated } from '../../support/next-schema.ts';
import { type PostgresServer, query, startPostgres } from '../../support/postgres.ts';

const names = Object.keys(migrations);

describe('migrations', () => {
  it('come in the order of their names, and this build needs one of them', () => {
    expect(names).toEqual([...names].sort());
    expect(names).toContain(oldestSchema);
    expect(names.every((name) => /^\d{4}-[a-z-]+$/.test(name))).toBe(true);
  });

  it('only add what earlier builds can ignore, or name the builds that they carry', () => {
    const breaking = Object.entries(migrations).flatMap(([name, { carries, statements }]) => {
      const made = statements.flatMap((text) => /^create table (\w+)/.exec(text)?.[1] ?? []);
      return carries === null ? statements.filter((text) => !isAdding(text, made)).map((text) => ({ name, text })) : [];
    });
    expect(breaking).toEqual([]);
    const said = Object.values(migrations).flatMap(({ carries }) => carries ?? []);
    expect(names).toEqual(expect.arrayContaining(said));
  });

  it.each([
    'drop table plans',
    'alter table plans drop column seals',
    'alter table plans rename column seals to sealed',
    'alter table plans alter column seals type bytea',
    'alter table plans add column kind text not null',
    "alter table plans add column kind text check (kind in ('a', 'b'))",
    'create unique index on plans (seals)',
    'update plans set seals = null',
  ])('are not thought to add alone: %s', (text) => {
    expect(isAdding(text, [])).toBe(false);
  });
});

/** What a build that does not know of it cannot notice: its statements work as before, and so do its rows. */
function isAdding(text: string, madeBefore: readonly string[]): boolean {
  if (/^create (table|index) /.test(text)) return true;
  const [, indexed] = /^create unique index on (\w+)/.exec(text) ?? [];
  if (indexed !== undefined) return madeBefore.includes(indexed);
  if (!/^alter table \w+ add column \w+ /.test(text)) return false;
  return !/\b(check|unique|references|primary)\b/.test(text) && (!/not null/.test(text) || /\bdefault\b/.test(text));
}

describe('a store that a newer build has migrated', () => {
  let server: PostgresServer;
  let address: string;
  let store: Store;
  beforeAll(async () => {
    server = await startPostgres();
    address = await server.newDatabase();
    store = await openStore(address);
    await store.migrate();
  });
  afterAll(async () => {
    await store.close();
    await server.remove();
  });

  it('reports a newer schema that carries this build, for which migrating does nothing', async () => {
    expect(await store.checkSchema()).toEqual({ newest: names.at(-1), isNewer: false });
    await migrateToNext(address);

    expect(await store.checkSchema()).toEqual({ newest: nextMigration, isNewer: true });
    expect(await store.migrate()).toEqual([]);
  });

  it('refuses to be migrated by a build that it no longer carries, and names what to do', async () => {
    await sayMigrated(address, '9001-contracts', nextMigration);

    const refusal = { code: 'schema-too-new', message: expect.stringContaining('9001-contracts') as unknown };
    await expect(store.migrate()).rejects.toMatchObject(refusal);
    await expect(store.checkSchema()).rejects.toMatchObject(refusal);
  });

  it('refuses, too, where it is not recorded whether it carries this build', async () => {
    await query(address, `delete from schema_versions where migration = '9001-contracts'`);
    await expect(store.migrate()).rejects.toMatchObject({ code: 'schema-too-new' });
  });

  it('that lacks a migration of this build belongs to another line of builds: migrating would be no help', async () => {
    await query(address, `delete from kysely_migration where name in ('9001-contracts', '${names.at(-1)}')`);
    await expect(store.migrate()).rejects.toMatchObject({ code: 'schema-too-new' });
  });
});
