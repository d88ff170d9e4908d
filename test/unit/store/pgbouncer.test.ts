import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore, type Store, type StoreOptions } from '../../../src/store/index.ts';
import { migrations } from '../../../src/store/migrations.ts';
import { eventually } from '../../support/eventually.ts';
import { startPgBouncer } from '../../support/pgbouncer.ts';
import { type PostgresServer, query, startPostgres } from '../../support/postgres.ts';
import { deploymentRow, entries } from './rows.ts';

let server: PostgresServer;
let direct: string;
let address: string;
const toEnd: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  server = await startPostgres();
  direct = await server.newDatabase();
  // Fewer connections than a store has, so that they go from hand to hand.
  const bouncer = await startPgBouncer(direct, ['default_pool_size = 3']);
  toEnd.push(() => bouncer.stop());
  address = bouncer.address;
});

afterAll(async () => {
  for (const end of toEnd.toReversed()) await end();
  await server.remove();
});

async function opened(options: StoreOptions = {}): Promise<Store> {
  const store = await openStore(address, options);
  toEnd.push(() => store.close());
  return store;
}

it('is migrated once through it, however many do it at once, and no lock stays', async () => {
  const stores = await Promise.all(Array.from({ length: 4 }, () => opened()));
  const applied = await Promise.all(stores.map((store) => store.migrate()));

  expect(applied.flat()).toEqual(Object.keys(migrations));
  expect(await stores[0]?.migrate()).toEqual([]);
  expect(await query(direct, "select * from pg_locks where locktype = 'advisory'")).toEqual([]);
});

it('keeps what many write at once through few connections, each time the right thing', async () => {
  const stores = await Promise.all([opened(), opened()]);
  const write = async (number: number) => {
    const store = stores[number % 2] as Store;
    const row = deploymentRow(number, { lastSeq: 2 });
    await store.appendJournal({ deployment: row.id, entries: entries(1, 2), row });
    const claim = await store.claim('key:alice', `key ${number % 20}`, { sent: 'body', read: 'body' });
    return { row: await store.deployment(row.id), journal: await store.journal(row.id, 0, 10), claim: claim.kind };
  };
  const written = await Promise.all(Array.from({ length: 60 }, (_, number) => write(number)));

  for (const [number, { row, journal }] of written.entries()) {
    expect(row).toEqual(deploymentRow(number, { lastSeq: 2 }));
    expect(journal).toEqual(entries(1, 2));
  }
  expect(written.filter(({ claim }) => claim === 'claimed')).toHaveLength(20);
});

it('is notified of entries through the address of PostgreSQL itself, never through a pooler, which it reports once', async () => {
  const said: string[] = [];
  const [near, far] = await Promise.all([
    opened({ listenAddress: direct }),
    opened({ log: (line) => said.push(line) }),
  ]);
  const heard = { near: [] as string[], far: [] as string[] };
  for (const [store, to] of [[near, heard.near] as const, [far, heard.far] as const])
    store.followJournal({
      written: ({ deployment, seq }) => to.push(`${deployment} ${seq}`),
      listening: () => to.push('listening'),
    });
  await eventually(
    async () => said.length + heard.near.length,
    (count) => count >= 2,
  );
  const row = deploymentRow(99, { lastSeq: 1 });
  await far.appendJournal({ deployment: row.id, entries: entries(1, 1), row });
  await eventually(
    async () => heard.near.length,
    (count) => count === 2,
  );

  expect(heard).toEqual({ near: ['listening', `${row.id} 1`], far: [] });
  expect(said).toEqual([expect.stringContaining('Set GANTRY_STORE_LISTEN to the address of PostgreSQL itself')]);
  // A wish to hear that was left on a connection of the pooler would be answered to whoever has it next.
  const listening = await Promise.all(
    Array.from({ length: 6 }, () => query(address, 'select pg_listening_channels() as channel from pg_sleep(0.05)')),
  );
  expect(listening.flat()).toEqual([]);
});
