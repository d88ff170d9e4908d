import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { canonicalJson, digestOf } from '../../../src/domain/base/canonical-json.ts';
import { openStore, type Store } from '../../../src/store/index.ts';
import { migrateToNext } from '../../support/next-schema.ts';
import { type PostgresServer, query, startPostgres } from '../../support/postgres.ts';
import { copyMigratedStore } from '../../support/store-template.ts';
import { deploymentRow, entries, rehearsalRow, storedKeyOf } from './rows.ts';

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
beforeEach(async () => {
  await query(
    address,
    'truncate chores, api_keys, idempotency, plans, outputs, alerts, deployments, journal, rehearsals',
  );
});

const none = { sessions: 0, claims: 0, plans: 0, outputs: 0, alerts: 0 };
const columnOf = async (table: string, column: string) =>
  (await query(address, `select ${column} as one from ${table} order by 1`)).map(({ one }) => one);
const ago = (days: number) => `now() - interval '${days} days'`;
const isoAgo = (days: number) => new Date(Date.now() - days * 24 * 60 * 60 * 1_000).toISOString();
const nameOf = (text: string) => digestOf(text);
const planOf = (name: string) => ({ name, change: { onBehalfOf: null } });
const savePlan = (name: string) => store.savePlan(nameOf(name), planOf(name) as never, null);
/** A deployment whose journal holds these texts. */
async function deployment(number: number, outcome: 'succeeded' | null, ...texts: readonly string[]): Promise<string> {
  const row = deploymentRow(number, { outcome, lastSeq: texts.length, planDigest: nameOf(`plan ${number}`) });
  const journal = texts.map((text, i) => entries(i + 1, i + 1, text)).flat();
  await store.appendJournal({ deployment: row.id, entries: journal, row });
  return row.id;
}

it('removes sessions a day after they expired, and never a key', async () => {
  for (const [id, days] of [
    ['old', 2],
    ['just-over', 0.5],
    ['ahead', -1],
  ] as const)
    await store.addKey({ ...storedKeyOf('key:carol', id), kind: 'session', expiresAt: isoAgo(days) });
  await store.addKey({ ...storedKeyOf('key:carol', 'key'), expiresAt: isoAgo(900) });

  expect(await store.sweep()).toEqual({ ...none, sessions: 1 });
  expect(await columnOf('api_keys', 'id')).toEqual(['ahead', 'just-over', 'key']);
});

it('forgets Idempotency-Keys that were not used for thirty days, answered or not', async () => {
  for (const key of ['back', 'lost', 'new', 'old', 'repeated']) {
    const claim = await store.claim('key:alice', key, { sent: 'body', read: 'body' });
    if (claim.kind !== 'claimed') throw new Error(claim.kind);
    if (key === 'back') await store.giveBack(claim.held);
    else if (key !== 'lost') await store.complete(claim.held, { kind: 'deployment', deployment: `shop.${key}.1` });
  }
  await query(address, `update idempotency set made_at = ${ago(31)} where key not in ('new', 'back')`);
  await query(address, `update idempotency set claimed_at = ${ago(31)} where key in ('old', 'lost')`);

  expect(await store.sweep()).toEqual({ ...none, claims: 2 });
  expect(await columnOf('idempotency', 'key')).toEqual(['back', 'new', 'repeated']);
});

it('removes plans of which no deployment came within thirty days, and none that a deployment or a proof names', async () => {
  const names = ['refused', 'plan 1', 'plan 2', 'rehearsed', 'asked for again', 'of today'];
  for (const name of names) await savePlan(name);
  await deployment(1, 'succeeded');
  await deployment(2, null);
  await store.addRehearsal(rehearsalRow({ planDigest: nameOf('rehearsed') }));
  await query(address, `update plans set saved_at = ${ago(31)} where digest <> '${nameOf('of today')}'`);
  await savePlan('asked for again');

  expect(await store.sweep()).toEqual({ ...none, plans: 1 });
  expect(await columnOf('plans', 'digest')).toEqual(names.slice(1).map(nameOf).sort());
  expect(canonicalJson(await store.plan(nameOf('plan 2')))).toBe(canonicalJson(planOf('plan 2')));
});

it('removes output that the journal of its deployment does not name, once that has ended', async () => {
  const print = (text: string, of: string) => store.saveOutput(nameOf(text), text, of);
  const ended = await deployment(1, 'succeeded', `see ${nameOf('of two')}`, `see ${nameOf('named')}`);
  const running = await deployment(2, null);
  const other = await deployment(3, 'succeeded', 'nothing');
  for (const text of ['unnamed', 'named', 'of two', 'of today']) await print(text, ended);
  await print('of one that runs', running);
  await print('of two', other);
  await print('of one that nobody knows', 'shop.production.9');
  await query(address, `update outputs set saved_at = ${ago(31)} where digest <> '${nameOf('of today')}'`);
  // What a build has written that knows of no owner.
  await query(address, `insert into outputs (digest, content) values ('${nameOf('former')}', '')`);

  expect(await store.sweep()).toEqual({ ...none, outputs: 1 });
  const left = ['named', 'of two', 'of today', 'of one that runs', 'of one that nobody knows', 'former'];
  expect(await columnOf('outputs', 'digest')).toEqual(left.map(nameOf).sort());
  // What is named is so for good, and not looked for again.
  expect(await columnOf(`outputs where deployment is null`, 'digest')).toEqual(
    ['named', 'of two', 'former'].map(nameOf).sort(),
  );
});

it('removes alerts after four hundred days', async () => {
  for (const days of [401, 399])
    await store.addAlert({ at: isoAgo(days), target: 'shop/production', code: `of-${days}`, detail: '', worker: 'w' });

  expect(await store.sweep()).toEqual({ ...none, alerts: 1 });
  expect((await store.alerts(9)).map(({ code }) => code)).toEqual(['of-399']);
});

it('is done by one of all who ask at once, and not again within the hour', async () => {
  const others = await Promise.all([openStore(address), openStore(address)]);
  const answers = await Promise.all([store, ...others].flatMap((one) => [one.sweep(), one.sweep()]));
  expect(answers.filter((answer) => answer !== null)).toEqual([none]);
  await query(address, `update chores set begun_at = ${ago(2 / 24)}`);
  expect(await store.sweep()).toEqual(none);
  await Promise.all(others.map((one) => one.close()));
});

it('comes to the end of more than goes in one statement', async () => {
  await query(
    address,
    `insert into api_keys (id, hash, subject, kind, created_at, expires_at)
     select 's' || n, '', 'key:bob', 'session', '2020', '2020-01-01T00:00:00.000Z' from generate_series(1, 1001) n`,
  );
  expect(await store.sweep()).toEqual({ ...none, sessions: 1001 });
});

it.each(['plans', 'outputs'])('leaves what is used again at that very moment: %s', async (table) => {
  await savePlan('asked for');
  await store.saveOutput(nameOf('printed'), 'printed', await deployment(1, 'succeeded'));
  await query(address, `update ${table} set saved_at = ${ago(31)}`);
  const asking = new Client({ connectionString: address });
  await asking.connect();
  await asking.query(`begin; update ${table} set saved_at = now()`);
  const sweeping = store.sweep();
  const isHeldUp = "select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock'";
  await expect.poll(() => query(address, isHeldUp)).toEqual([{ n: 1 }]);
  await asking.query('commit');
  await asking.end();

  expect(await sweeping).toEqual(none);
});

it('works in a folder, too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-sweep-'));
  await copyMigratedStore(join(folder, 'store'));
  const embedded = await openStore(`pglite:${join(folder, 'store')}`);
  await embedded.addKey({ ...storedKeyOf('key:carol', 'c'), kind: 'session', expiresAt: isoAgo(2) });
  await embedded.addAlert({ at: isoAgo(500), target: '', code: '', detail: '', worker: '' });

  expect(await embedded.sweep()).toEqual({ ...none, sessions: 1, alerts: 1 });
  await embedded.close();
  await rm(folder, { recursive: true });
});

it('is left to newer builds on the schema of one: what that names is not known here', async () => {
  await store.addKey({ ...storedKeyOf('key:carol', 'old'), kind: 'session', expiresAt: isoAgo(2) });
  await migrateToNext(address);

  expect(await store.sweep()).toBeNull();
  expect(await columnOf('api_keys', 'id')).toEqual(['old']);
});

it('forgets a process that has said nothing for a day as soon as another says something', async () => {
  await query(
    address,
    `insert into processes select 'worker', 'host/' || n, 'a', ${ago(2)} from generate_series(1, 3) n`,
  );
  await query(address, `insert into processes values ('api', 'host/1', 'a', ${ago(0.9)})`);
  await store.sayPolicy({ kind: 'worker', name: 'host/1', policyDigest: 'b' });

  const known = await store.processes();
  expect(known.map(({ kind, name, policyDigest }) => `${kind} ${name} ${policyDigest}`)).toEqual([
    'api host/1 a',
    'worker host/1 b',
  ]);
  expect(known[0]?.agoMs).toBeGreaterThan(0.8 * 24 * 60 * 60 * 1_000);
});
