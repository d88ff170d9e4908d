import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../src/store/index.ts';
import { openPostgres } from '../../../src/store/postgres.ts';
import { startPgBouncer } from '../../support/pgbouncer.ts';
import { type PostgresServer, query, startPostgres } from '../../support/postgres.ts';
import { digestFilledWith } from '../domain/planning-input.ts';
import { deploymentRow, entries, freezeOf, rehearsalRow, storedKeyOf } from './rows.ts';

let server: PostgresServer;
const toEnd: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(async () => {
  for (const end of toEnd.toReversed()) await end();
  await server.remove();
});

const target = {
  service: 'shop',
  environment: 'production',
  lastNumber: 1,
  fence: 1,
  live: null,
  slot: null,
  lock: null,
  reviews: [],
  version: 1,
};

async function opened(address: string): Promise<Store> {
  const store = await openStore(address);
  toEnd.push(() => store.close());
  return store;
}

/** Another process in the middle of something, which goes no further, hears nothing and ends only when it is killed. */
async function stoppedProcess(address: string, what: 'update' | 'read'): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('./hold-transaction.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, address, what], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  toEnd.push(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  return child;
}

const ways = ['PostgreSQL itself', 'PgBouncer in transaction mode'] as const;

describe.each(ways)('through %s', (way) => {
  let direct: string;
  let address: string;
  let store: Store;

  beforeAll(async () => {
    direct = await server.newDatabase();
    address = direct;
    if (way !== 'PostgreSQL itself') {
      const bouncer = await startPgBouncer(direct);
      toEnd.push(() => bouncer.stop());
      address = bouncer.address;
    }
    store = await opened(address);
    await store.migrate();
    await store.saveTarget(target);
    await store.addKey(storedKeyOf('key:alice', 'a'));
  });

  // These two wait for the server, and touch nothing of each other's.
  it.concurrent('goes on after a process was stopped between its update and its COMMIT, and knows keys meanwhile', async ({
    expect,
  }) => {
    await stoppedProcess(address, 'update');
    const began = performance.now();
    const eaten = Array.from({ length: 30 }, () => store.raiseFence('shop/production', 1).catch(() => null));
    const key = await store.key('a');
    const keyMs = performance.now() - began;
    await Promise.all(eaten);
    await expect.poll(() => store.raiseFence('shop/production', 2).catch(() => null), { timeout: 15_000 }).toBe(2);

    expect(key).toMatchObject({ subject: 'key:alice' });
    expect(keyMs).toBeLessThan(2_000);
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  it.concurrent('ends on the server what takes too long, and leaves no limit behind on the connection', async () => {
    const { pool } = openPostgres(address);
    toEnd.push(() => pool.end());
    const client = await pool.connect();
    const [row] = (await client.query<{ all: string }>(settings, [])).rows;
    expect(row?.all).toBe('5s 3s 5s');
    await expect(client.query('select pg_sleep(60)', [])).rejects.toMatchObject({ code: 'store-unavailable' });
    client.release();
    const sleeping =
      "select count(*)::int as n from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active'";
    // Whoever asked hears of it a moment before the server says so of the one who slept.
    await expect.poll(() => query(direct, `${sleeping} and pid <> pg_backend_pid()`)).toEqual([{ n: 0 }]);
    expect(await query(address, settings)).toEqual([{ all: '0 0 0' }]);
  });

  it('sends each statement to the server whole: a client that is cut off at its first answer leaves no transaction open', async () => {
    const digest = digestFilledWith('1');
    const row = deploymentRow(1, { lastSeq: 1 });
    const evidence = {
      digest,
      artifactDigest: digest,
      stage: 'system',
      result: 'PASSED',
      startedOn: '',
      finishedOn: '',
    };
    const rest = { url: null, submittedBy: '', submittedAt: '' } as const;
    const writes: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
      saveTarget: (to) => to.saveTarget({ ...target, service: 'bank' }),
      raiseFence: (to) => to.raiseFence('bank/production', 1),
      addEvidence: (to) => to.addEvidence([{ row: { ...evidence, ...rest } as never, statement: {} as never }]),
      refuseEvidence: (to) =>
        to.refuseEvidence([
          { artifactDigest: digest, stage: null, code: 'unknown-signer', detail: '', submittedBy: '', at: '' },
        ]),
      savePlan: (to) => to.savePlan(digest, { change: { onBehalfOf: null } } as never, null),
      trustKey: (to) => to.trustKey('a', 'b'),
      retireKey: (to) => to.retireKey('b'),
      addAlert: (to) => to.addAlert({ at: '', target: '', code: '', detail: '', worker: '' }),
      claim: (to) => to.claim('a', 'b', { sent: 'c', read: 'c' }),
      appendJournal: (to) => to.appendJournal({ deployment: row.id, entries: entries(1, 1), row }),
      claimRecordPath: (to) => to.claimRecordPath('a', 'b', 'c'),
      saveRecord: (to) =>
        to.saveRecord({ deployment: 'a', state: 'draft', lastSeq: 1, digest, markdown: '', document: '{}' }),
      addRehearsal: (to) => to.addRehearsal(rehearsalRow()),
      saveOutput: (to) => to.saveOutput(digest, '', 'a'),
      sweep: (to) => to.sweep(),
      addKey: (to) => to.addKey(storedKeyOf('key:bob', 'b')),
      revokeKeys: (to) => to.revokeKeys({ id: 'c' }, row.requestedAt),
      addFreeze: (to) => to.addFreeze(freezeOf('f', { kind: 'everything' })),
      liftFreeze: (to) => to.liftFreeze('g', { at: '', by: '', reason: '' }),
    };
    const proxy = await startMutingProxy(address);
    const cutOff = await openStore(proxy.address);
    await cutOff.targets();
    for (const [name, write] of Object.entries(writes)) {
      await cutOff.targets();
      proxy.muteAtNextAnswer();
      const answer = write(cutOff).then(
        () => 'answered',
        () => 'cut off',
      );
      await expect.poll(proxy.isMute).toBe(true);
      await expect
        .poll(() =>
          query(direct, "select state from pg_stat_activity where application_name = 'gantry' and state = 'active'"),
        )
        .toEqual([]);
      // Between two statements of one batch it is so for a moment; one that was left open would be for seconds.
      const open = "select query from pg_stat_activity where state like 'idle in transaction%'";
      await expect.poll(async () => ({ [name]: await query(direct, open) })).toEqual({ [name]: [] });
      proxy.cut();
      expect(await answer).toBe('cut off');
    }
    await cutOff.close();
  });
});

const settings =
  "select concat_ws(' ', current_setting('statement_timeout'), current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout')) as all";

it('lets go of a process that was stopped while it reads a long answer', async () => {
  const address = await server.newDatabase();
  const store = await opened(address);
  await store.migrate();
  await store.saveTarget(target);
  await stoppedProcess(address, 'read');

  const writing = "select pid from pg_stat_activity where wait_event = 'ClientWrite' and datname = current_database()";
  await expect.poll(() => query(address, writing), { timeout: 5_000 }).toHaveLength(1);
  // The backend may go on trying to send what it has: what counts is that it keeps nothing from anybody.
  const locks = "select pid, mode from pg_locks where relation = 'targets'::regclass";
  await expect.poll(() => query(address, locks), { timeout: 20_000, interval: 250 }).toEqual([]);
});

/** A way to the server that says nothing more from an answer on: what is asked after it does not get there. */
async function startMutingProxy(address: string) {
  const sockets = new Set<Socket>();
  let mode: 'open' | 'armed' | 'mute' = 'open';
  const proxy = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port: Number(new URL(address).port) });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (chunk: Buffer) => {
      if (mode !== 'mute') far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => {
      if (mode === 'open') return void near.write(chunk);
      mode = 'mute';
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  toEnd.push(async () => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const { port } = proxy.address() as { readonly port: number };
  return {
    address: address.replace(/:\d+\//, `:${port}/`),
    muteAtNextAnswer() {
      mode = 'armed';
    },
    isMute: () => mode === 'mute',
    cut() {
      mode = 'open';
      for (const socket of sockets) socket.destroy();
    },
  };
}
