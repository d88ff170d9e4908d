import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Secret } from '../../../../src/config/secret.ts';
import { storeFindings } from '../../../../src/main/doctor/store.ts';
import { openStore, type Store } from '../../../../src/store/index.ts';
import { migrations } from '../../../../src/store/migrations.ts';
import { sayMigrated } from '../../../support/next-schema.ts';
import { type PostgresServer, startPostgres } from '../../../support/postgres.ts';

let server: PostgresServer;
let folder: string;
let owned: string;
let owner: Store;
const roles = [
  { kind: 'api', name: 'doctor_api', password: 'of-the-api' },
  { kind: 'worker', name: 'doctor_worker', password: 'of-the-worker' },
] as const;
beforeAll(async () => {
  [server, folder] = await Promise.all([startPostgres(), mkdtemp(join(tmpdir(), 'gantry-doctor-store-'))]);
  owned = await server.newDatabase();
  owner = await openStore(owned);
  await owner.migrate();
  await owner.grantRoles(roles);
});
afterAll(async () => {
  await owner.close();
  await server.remove();
  await rm(folder, { recursive: true, force: true });
});

async function query(statement: string): Promise<void> {
  const client = new Client({ connectionString: owned });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The store as a role opens it: that of a process, or whoever migrates. */
function storeAs(name?: string) {
  const url = new URL(owned);
  if (name !== undefined) {
    url.username = name;
    url.password = roles.find((role) => role.name === name)?.password ?? 'of-nobody';
  }
  return { kind: 'postgres', url: new Secret(url.href), listenUrl: null } as const;
}

async function findingsAs(name?: string) {
  const { findings: all } = await storeFindings({ store: storeAs(name), records: folder });
  expect(all[0]).toMatchObject({ check: 'store', state: 'ok' });
  return all;
}

/** What is found of the role. */
const roleOf = async (name?: string) => (await findingsAs(name)).filter(({ check }) => check === 'store-role');

it.each([
  ['doctor_api', 'an API'],
  ['doctor_worker', 'a worker'],
])('takes the role %s for what it is, one of %s', async (name, who) => {
  expect(await roleOf(name)).toEqual([
    { check: 'store-role', state: 'ok', found: `The role ${name} has what ${who} needs, and no more.`, advice: null },
  ]);
});

it('refuses a superuser, who needs none of that', async () => {
  expect(await roleOf()).toMatchObject([
    {
      state: 'fault',
      found: expect.stringContaining(
        'The role gantry, as which this process opens the store, is a superuser',
      ) as unknown,
      advice: expect.stringContaining('gantry migrate --api-store FILE --worker-store FILE') as unknown,
    },
  ]);
});

it('warns of the owner of the tables, who can change what was journaled', async () => {
  await query("create role doctor_owner login password 'of-nobody'; grant gantry to doctor_owner");
  expect(await roleOf('doctor_owner')).toMatchObject([
    { state: 'warning', found: expect.stringContaining('owns the tables') as unknown },
  ]);
});

it('finds what a role lacks and what it has beyond its needs; migrating again, as it advises, mends both', async () => {
  await query('revoke insert on journal from doctor_worker; grant select on api_keys to doctor_worker');
  expect(await roleOf('doctor_worker')).toMatchObject([
    { state: 'warning', found: expect.stringContaining('lacks insert on journal') as unknown },
  ]);
  await query('grant insert on journal to doctor_worker');
  expect(await roleOf('doctor_worker')).toMatchObject([
    {
      state: 'warning',
      found: expect.stringContaining('has select on api_keys: whoever has its credentials') as unknown,
    },
  ]);
  await owner.grantRoles(roles);
  expect(await roleOf('doctor_worker')).toMatchObject([{ state: 'ok' }]);
});

it('knows the processes that the store knows; none of a store whose schema is older', async () => {
  const store = { kind: 'postgres', url: new Secret(owned), listenUrl: null } as const;
  const known = async () => (await storeFindings({ store, records: folder })).processes;
  await owner.sayPolicy({ kind: 'worker', name: 'host/1', policyDigest: 'sha256:a' });
  expect(await known()).toMatchObject([{ kind: 'worker', name: 'host/1' }]);
  await query('alter table processes rename to others');
  expect(await known()).toBeNull();
  await query('alter table others rename to processes');
});

it('finds that the clock of the store goes ahead, and that it goes right again', async () => {
  // What the role calls the time is of a schema before PostgreSQL's own.
  await query(`create schema skewed; grant usage on schema skewed to doctor_api;
    create function skewed.clock_timestamp() returns timestamptz language sql
      as 'select pg_catalog.clock_timestamp() + interval ''1 hour''';
    alter role doctor_api set search_path = skewed, pg_catalog, public`);
  const clock = async () => (await findingsAs('doctor_api')).find(({ check }) => check === 'clock');
  expect(await clock()).toMatchObject({
    state: 'fault',
    found: expect.stringMatching(/^The clock of the store is 3[56]\d\d s ahead of this machine's\.$/) as unknown,
    advice: expect.stringContaining('let both follow one source of time') as unknown,
  });
  await query('alter role doctor_api reset search_path');
  expect(await clock()).toMatchObject({ state: 'ok' });
});

it('finds that a newer build has migrated the store, which carries this one or does not', async () => {
  const schema = async () => (await findingsAs('doctor_api')).find(({ check }) => check === 'schema');
  expect(await schema()).toMatchObject({ state: 'ok', found: expect.stringContaining('of this build') as unknown });
  await sayMigrated(owned, '9000-of-the-next-build', Object.keys(migrations).at(-1) ?? '');
  expect(await schema()).toMatchObject({ state: 'ok', found: expect.stringContaining('carries this one') as unknown });
  await sayMigrated(owned, '9001-of-the-one-after', '9000-of-the-next-build');
  expect(await schema()).toMatchObject({
    state: 'fault',
    advice: 'run the newer build here, too (docs/how-to/upgrade.md)',
  });
});

// The file system of processes or devices has no room for anything.
const full = process.platform === 'linux' ? '/proc' : '/dev';
it('finds a disk that is full, and one with room', async () => {
  const disk = async (records: string) =>
    (await storeFindings({ store: storeAs('doctor_api'), records })).findings.find(({ check }) => check === 'disk');
  expect(await disk(full)).toMatchObject({
    state: 'fault',
    found: expect.stringContaining(`The disk of ${full} is full: 0 MiB are left`) as unknown,
    advice: 'make room: nothing new begins until there is',
  });
  expect(await disk(folder)).toMatchObject({ state: 'ok' });
});
