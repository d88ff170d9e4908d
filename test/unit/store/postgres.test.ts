import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GantryError } from '../../../src/domain/base/errors.ts';
import type { Statement } from '../../../src/domain/evidence/statement.ts';
import { grants } from '../../../src/store/grants.ts';
import { openStore, type Store } from '../../../src/store/index.ts';
import { migrations } from '../../../src/store/migrations.ts';
import { openPostgres } from '../../../src/store/postgres.ts';
import { eventually } from '../../support/eventually.ts';
import { type PostgresServer, query, startPostgres } from '../../support/postgres.ts';
import { digestFilledWith, evidenceRows } from '../domain/planning-input.ts';
import { deploymentRow, entries, freezeOf, rehearsalRow, storedKeyOf } from './rows.ts';

let server: PostgresServer;
const open: Store[] = [];

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(async () => {
  await Promise.all(open.map((store) => store.close()));
  await server.remove();
});

async function opened(address: string): Promise<Store> {
  const store = await openStore(address);
  open.push(store);
  return store;
}

async function failureOf(work: Promise<unknown>): Promise<GantryError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GantryError)) throw new Error(`no error of Gantry: ${String(error)}`);
  return error;
}

const row = deploymentRow(1, { lastSeq: 1 });

/** One call of each method that asks something of the database. */
function callsOf(store: Store) {
  const digest = digestFilledWith('1');
  const target = {
    service: 's',
    environment: 'e',
    lastNumber: 1,
    fence: 1,
    live: null,
    slot: null,
    lock: null,
    reviews: [],
    version: 1,
  };
  const record = { deployment: 'a', state: 'draft', lastSeq: 1, digest, markdown: '', document: '{}' } as const;
  const held = { subject: 'a', key: 'b', holder: 'c' };
  const recovery = { id: 'r', takenAt: null, beganAt: row.requestedAt, why: 'tried', kept: [] };
  const noLines = async function* (): AsyncGenerator<string> {};
  const calls: { readonly [name in Exclude<keyof Store, 'close' | 'followJournal'>]: () => Promise<unknown> } = {
    migrate: () => store.migrate(),
    grantRoles: () => store.grantRoles([]),
    roleFinding: () => store.roleFinding('worker'),
    ping: () => store.ping(),
    now: () => store.now(),
    checkSchema: () => store.checkSchema(),
    sweep: () => store.sweep(),
    backUp: () => store.backUp(async () => {}, row.requestedAt),
    restore: () => store.restore(noLines(), { replace: true, recovery }),
    recovery: () => store.recovery(),
    beginRecovery: () => store.beginRecovery(recovery),
    endRecovery: () => store.endRecovery({ at: '', by: '', reason: '' }),
    confirmKeys: () => store.confirmKeys(['a']),
    unconfirmedSigningKeys: () => store.unconfirmedSigningKeys(),
    addEvidence: () => store.addEvidence([{ row: { digest } as never, statement: {} as never }]),
    evidenceOf: () => store.evidenceOf(digest),
    addRehearsal: () => store.addRehearsal(rehearsalRow()),
    rehearsalsOf: () => store.rehearsalsOf(rehearsalRow()),
    savePlan: () => store.savePlan(digest, { change: { onBehalfOf: null } } as never, null),
    sealsOf: () => store.sealsOf(digest),
    trustKey: () => store.trustKey('a', 'b'),
    trustedKeys: () => store.trustedKeys(),
    retireKey: () => store.retireKey('a'),
    bearersOfKey: () => store.bearersOfKey('a'),
    addAlert: () => store.addAlert({ at: '', target: '', code: '', detail: '', worker: '' }),
    alerts: () => store.alerts(1),
    refuseEvidence: () => store.refuseEvidence([{ artifactDigest: digest } as never]),
    refusedEvidenceOf: () => store.refusedEvidenceOf(digest),
    countRefusedMessages: () => store.countRefusedMessages([{ deployment: row.id } as never]),
    refusedMessagesOf: () => store.refusedMessagesOf(row.id),
    plan: () => store.plan(digest),
    claim: () => store.claim('a', 'b', { sent: 'c', read: 'c' }),
    complete: () => store.complete(held, { kind: 'deployment', deployment: 'd' }),
    giveBack: () => store.giveBack(held),
    release: () => store.release(held),
    appendJournal: () => store.appendJournal({ deployment: row.id, entries: entries(1, 1), row }),
    journal: () => store.journal(row.id, 0, 1),
    wholeUpTo: () => store.wholeUpTo(row.id),
    deployment: () => store.deployment(row.id),
    deployments: () => store.deployments({ limit: 1 }),
    targets: () => store.targets(),
    targetsBy: () => store.targetsBy({ limit: 1 }),
    target: () => store.target('s', 'e'),
    saveTarget: () => store.saveTarget(target),
    raiseFence: () => store.raiseFence('s/e', 1),
    claimRecordPath: () => store.claimRecordPath('a', 'b', 'c'),
    saveRecord: () => store.saveRecord(record),
    record: () => store.record('a'),
    saveOutput: () => store.saveOutput(digest, '', row.id),
    output: () => store.output(digest),
    addKey: () => store.addKey(storedKeyOf('key:a', 'b')),
    key: () => store.key('b'),
    keys: () => store.keys(null),
    revokeKeys: () => store.revokeKeys({ subjects: ['key:a'] }, row.requestedAt),
    addFreeze: () => store.addFreeze(freezeOf('a', { kind: 'everything' })),
    freeze: () => store.freeze('a'),
    freezes: () => store.freezes({ limit: 1 }),
    freezesOf: () => store.freezesOf('s', 'e', '2026-11-23T09:00:00.000Z'),
    liftFreeze: () => store.liftFreeze('a', { at: '', by: '', reason: '' }),
    sayPolicy: () => store.sayPolicy({ kind: 'worker', name: 'a/1', policyDigest: digest }),
    processes: () => store.processes(),
  };
  return calls;
}

it('is migrated once, however many processes do it at once, and again without effect', async () => {
  const address = await server.newDatabase();
  const stores = await Promise.all(Array.from({ length: 6 }, () => opened(address)));
  const applied = await Promise.all(stores.map((store) => store.migrate()));
  expect(applied.flat()).toEqual(Object.keys(migrations));
  expect(await Promise.all(stores.map((store) => store.migrate()))).toEqual(stores.map(() => []));
});

it('is migrated later when one of its tables is locked, and blocks no other query until then', async () => {
  const address = await server.newDatabase();
  const store = await opened(address);
  await store.migrate();
  const holder = new Client({ connectionString: address });
  await holder.connect();
  await holder.query('begin; lock table kysely_migration in access exclusive mode');
  const began = performance.now();
  expect((await failureOf(store.migrate())).code).toBe('store-unavailable');
  expect(performance.now() - began).toBeLessThan(10_000);

  await holder.end();
  expect(await store.migrate()).toEqual([]);
});

it('writes again as soon as the server does, where it served reads alone for a while', async () => {
  const address = await server.newDatabase();
  const store = await opened(address);
  await store.migrate();
  const name = new URL(address).pathname.slice(1);
  await query(address, `alter database ${name} set default_transaction_read_only = on`);
  const another = await opened(address);
  for (let each = 0; each < 3; each += 1)
    expect((await failureOf(another.addKey(storedKeyOf('key:a', 'a')))).code).toBe('store-unavailable');
  await query(address, `begin read write; alter database ${name} set default_transaction_read_only = off; commit`);
  await another.addKey(storedKeyOf('key:a', 'a'));
  expect(await store.key('a')).toMatchObject({ subject: 'key:a' });
});

it('is not ready before it is migrated', async () => {
  const store = await opened(await server.newDatabase());

  expect((await failureOf(store.targets())).code).toBe('not-ready');
});

it('goes on with a fence that no integer column held', async () => {
  const address = await server.newDatabase();
  const store = await opened(address);
  await store.migrate();
  const state = {
    service: 'shop',
    environment: 'production',
    lastNumber: 3,
    live: null,
    slot: null,
    lock: null,
    reviews: [],
  };
  await store.saveTarget({ ...state, fence: 1, version: 1 });
  const fence = 2 ** 40;
  await query(address, `update fences set fence = ${fence}`);
  expect(await store.raiseFence('shop/production', 1)).toBe(fence);
  expect(await store.target('shop', 'production')).toMatchObject({ fence });
  const next = { ...state, fence: fence + 1, version: 2 };
  await store.saveTarget(next);
  expect(await store.targets()).toEqual([next]);
});

it('is notified of entries again after its connection was cut, and reports that it may have missed some', async () => {
  const address = await server.newDatabase();
  const store = await opened(address);
  await store.migrate();
  const heard: string[] = [];
  const stop = store.followJournal({
    written: ({ deployment, seq }) => heard.push(`${deployment} ${seq}`),
    listening: () => heard.push('listening'),
  });
  const row = deploymentRow(1, { lastSeq: 1 });
  await eventually(async () => heard.length, Boolean);
  await store.appendJournal({ deployment: row.id, entries: entries(1, 1), row });
  await eventually(
    async () => heard.length,
    (count) => count === 2,
  );

  const listeners = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gantry-listener'";
  expect(await query(address, listeners)).toHaveLength(1);
  await eventually(
    async () => heard.length,
    (count) => count === 3,
  );
  await store.appendJournal({ deployment: row.id, entries: entries(2, 2), row: { ...row, lastSeq: 2 } });
  await eventually(
    async () => heard.length,
    (count) => count === 4,
  );
  expect(heard).toEqual(['listening', `${row.id} 1`, 'listening', `${row.id} 2`]);

  await stop();
  expect(await query(address, listeners)).toEqual([]);
});

it('is unavailable while the server is stopped, in every method, and works again afterwards', async () => {
  const store = await opened(await server.newDatabase());
  await store.migrate();
  await Promise.all(Array.from({ length: 10 }, () => store.ping()));
  await server.stop();

  const calls = callsOf(store);
  for (const [name, call] of Object.entries(calls)) {
    const failure = await failureOf(call());
    expect(`${name}: ${failure.code}`).toBe(`${name}: store-unavailable`);
    expect(inspect(failure, { depth: 10 })).not.toContain(server.password);
  }

  await server.start();
  await store.appendJournal({ deployment: row.id, entries: entries(1, 1), row });
  expect(await store.deployment(row.id)).toEqual(row);
});

it('shows no password, whatever keeps the store from being opened', async () => {
  const address = await server.newDatabase();
  const other = 'hunter2-hunter2';
  const addresses = {
    'another password': address.replace(server.password, other),
    'a database that is not there': address.replace(/[^/]+$/, 'nowhere').replace(server.password, server.password),
    'nobody listens': address.replace(/:\d+\//, ':1/'),
    'no such host': address.replace('127.0.0.1', 'store.invalid'),
  };
  for (const [why, wrong] of Object.entries(addresses)) {
    const failure = await failureOf(openStore(wrong));
    expect(`${why}: ${failure.code}`).toBe(`${why}: store-unavailable`);
    expect(inspect(failure, { depth: 10 })).not.toMatch(new RegExp(`${server.password}|${other}`));
  }
  for (const wrong of [`postgres://gantry:${other}@:5432:/x`, `mysql://gantry:${other}@127.0.0.1/x`, other, '']) {
    const failure = await failureOf(openStore(wrong));
    expect(failure.code).toBe('invalid-config');
    expect(inspect(failure, { depth: 10 })).not.toContain(other);
  }
});

describe('a role of its own', () => {
  const passwords = { api: "it's %secret%", worker: 'w-secret' } as const;
  const roles = [
    { kind: 'api', name: 'gantry_Api', password: passwords.api },
    { kind: 'worker', name: 'gantry_worker', password: passwords.worker },
  ] as const;
  let owned: string;
  let owner: Store;
  let made: readonly string[];
  const as = (name: string, password: string) =>
    Object.assign(new URL(owned), { username: name, password: encodeURIComponent(password) }).href;
  beforeAll(async () => {
    owned = await server.newDatabase();
    owner = await opened(owned);
    await owner.migrate();
    made = await owner.grantRoles(roles);
  });

  /** What a method answers is not asked here, only whether the role may ask it. */
  const refusedTo = async (kind: (typeof roles)[number]) => {
    const store = await opened(as(kind.name, kind.password));
    const refused: string[] = [];
    for (const [name, call] of Object.entries(callsOf(store)))
      await call().catch((error: unknown) => {
        if (error instanceof GantryError && error.code === 'not-ready') refused.push(name);
      });
    return refused.sort();
  };
  const ofTheOwner = ['migrate', 'beginRecovery', 'confirmKeys', 'endRecovery', 'restore'];

  it('lets an API and a worker do what they ask of the store, and nothing that is not theirs', async () => {
    expect(await refusedTo(roles[0])).toEqual(
      [...ofTheOwner, 'addRehearsal', 'claimRecordPath', 'raiseFence', 'saveRecord', 'saveTarget'].sort(),
    );
    const ofTheApi = [
      'addEvidence',
      'countRefusedMessages',
      'refuseEvidence',
      'trustKey',
      'retireKey',
      'addKey',
      'key',
      'keys',
      'revokeKeys',
    ];
    const requests = ['backUp', 'claim', 'complete', 'giveBack', 'release', 'addFreeze', 'liftFreeze', 'sweep'];
    expect(await refusedTo(roles[1])).toEqual([...ofTheOwner, ...ofTheApi, ...requests].sort());
  });

  it.each([
    "insert into signing_keys (id, public_key) values ('mine', 'ab')",
    'update signing_keys set retired_at = null',
    'select * from api_keys',
    "insert into api_keys (id, hash, subject, kind, created_at) values ('a', 'b', 'key:bob', 'key', 'now')",
    'select * from idempotency',
    "update journal set entry = '{}'",
    'delete from journal',
    'delete from deployments',
    "update plans set document = '{}'",
    'delete from alerts',
    "update recoveries set ended_at = 'now'",
    'drop table journal',
    'create table mine (a text)',
    'alter table journal disable trigger all',
    'create role another',
    'set role gantry',
  ])('keeps whoever has the credentials of a worker from %s', async (statement) => {
    const refused = await query(as('gantry_worker', passwords.worker), statement).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: expect.stringMatching(/^(42501|0A000)$/) as string });
  });

  it('names every table that there is: a new one is granted to no role before it is listed', async () => {
    const tables = await query(owned, "select tablename as name from pg_tables where schemaname = 'public'");
    const known = tables.map(({ name }) => String(name)).filter((name) => name !== 'kysely_migration_lock');
    expect(Object.keys(grants).sort()).toEqual(known.sort());
  });

  it('reports missing rights and excessive ones', async () => {
    const worker = await opened(as('gantry_worker', passwords.worker));
    const found = () => worker.roleFinding('worker');
    expect(await found()).toEqual({ role: 'gantry_worker', missing: [], excess: null, isSuperuser: false });
    expect(await (await opened(as('gantry_Api', passwords.api))).roleFinding('api')).toMatchObject({
      missing: [],
      excess: null,
    });
    expect(await owner.roleFinding('worker')).toMatchObject({
      missing: [],
      excess: 'is a superuser',
      isSuperuser: true,
    });

    await query(owned, 'revoke insert on journal from gantry_worker');
    expect(await found()).toMatchObject({ missing: ['insert on journal'] });
    await query(owned, 'grant update on plans to gantry_worker; grant select on api_keys to gantry_worker');
    expect(await found()).toMatchObject({ excess: 'has update on plans, select on api_keys' });

    // Whoever migrates again takes it back, and makes nobody anew.
    expect([made, await owner.grantRoles(roles)]).toEqual([roles.map(({ name }) => name), []]);
    expect(await found()).toEqual({ role: 'gantry_worker', missing: [], excess: null, isSuperuser: false });
  });

  it.each([
    ['the role that migrates', [{ kind: 'worker', name: 'gantry', password: '' }], 'is the role that migrates'],
    ['one for both', [roles[0], { ...roles[1], name: roles[0].name }], 'is another process, too'],
    ['a superuser', [{ kind: 'api', name: 'the_super', password: '' }], 'is a superuser'],
  ] as const)('is not %s', async (_what, wrong, why) => {
    await query(owned, "do 'begin create role the_super superuser; exception when duplicate_object then end'");
    expect(await failureOf(owner.grantRoles(wrong))).toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining(why) as string,
    });
  });
});

it('gives up on a server that accepts connections and sends nothing, on a query without end, and on a frozen one', async () => {
  const sockets: Socket[] = [];
  let frozenPid: number | undefined;
  const silent = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { pool } = openPostgres(await server.newDatabase());
  try {
    const client = await pool.connect();
    const frozen = await pool.connect();
    const [backend] = (await frozen.query<{ pid: number }>('select pg_backend_pid() as pid', [])).rows;
    frozenPid = backend?.pid;
    if (frozenPid !== undefined) process.kill(frozenPid, 'SIGSTOP');
    const address = `postgres://gantry:x@127.0.0.1:${(silent.address() as AddressInfo).port}/gantry`;
    const failures = await Promise.all([
      failureOf(openStore(address)),
      failureOf(client.query('select pg_sleep(3600)', [])),
      failureOf(frozen.query('select 1', [])),
    ]);

    expect(failures.map(({ code }) => code)).toEqual(failures.map(() => 'store-unavailable'));
    for (const one of [client, frozen]) one.release();
    const all = await Promise.all(Array.from({ length: 10 }, () => pool.connect()));
    for (const one of all) expect((await one.query('select 1 as one', [])).rows).toEqual([{ one: 1 }]);
    for (const one of all) one.release();
  } finally {
    if (frozenPid !== undefined) process.kill(frozenPid, 'SIGCONT');
    for (const socket of sockets) socket.destroy();
    silent.close();
    await pool.end();
  }
});

it('outlives a connection that is cut in the middle of a transaction, while nothing is asked of it', async () => {
  const address = await server.newDatabase();
  const { pool } = openPostgres(address);
  try {
    const client = await pool.connect();
    await client.query('create table unfinished (x integer)', []);
    await client.query('begin', []);
    await client.query('insert into unfinished values (1)', []);
    await query(address, `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gantry'`);
    const isGone = `select count(*)::int as n from pg_stat_activity where application_name = 'gantry'`;
    await expect.poll(() => query(address, isGone)).toEqual([{ n: 0 }]);

    for (const text of ['commit', 'rollback'])
      expect((await failureOf(client.query(text, []))).code).toBe('store-unavailable');
    client.release();
    const next = await pool.connect();
    expect((await next.query('select * from unfinished', [])).rows).toEqual([]);
    next.release();
  } finally {
    await pool.end();
  }
});

it('knows who submitted evidence that a build of before wrote, and who else did since', async () => {
  const address = await server.newDatabase();
  const store = await opened(address);
  await store.migrate();
  const [row] = evidenceRows();
  if (!row) throw new Error('no evidence');
  const add = (submittedBy: string) =>
    store.addEvidence([{ row: { ...row, submittedBy, envelope: '{}' }, statement: {} as Statement }]);
  await add('key:ci-shop');
  await query(address, 'delete from evidence_submissions');
  expect(await store.evidenceOf(row.artifactDigest)).toEqual([{ ...row, envelope: '{}', statement: null }]);
  await add('key:alice');
  await add('key:ci-shop');
  expect(await store.evidenceOf(row.artifactDigest)).toMatchObject([
    { submittedBy: 'key:ci-shop', alsoBy: [{ submittedBy: 'key:alice' }] },
  ]);
});
