import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Secret } from '../../../../src/config/secret.ts';
import { storeFindings } from '../../../../src/main/doctor/store.ts';
import { openStore, type Store } from '../../../../src/store/index.ts';
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

/** What is found of the role that opens the store: that of a process, or whoever migrates. */
async function roleOf(name?: string) {
  const url = new URL(owned);
  if (name !== undefined) {
    url.username = name;
    url.password = roles.find((role) => role.name === name)?.password ?? 'of-nobody';
  }
  const store = { kind: 'postgres', url: new Secret(url.href), listenUrl: null } as const;
  const { findings: all } = await storeFindings({ store, records: folder });
  expect(all[0]).toMatchObject({ check: 'store', state: 'ok' });
  return all.filter(({ check }) => check === 'store-role');
}

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
