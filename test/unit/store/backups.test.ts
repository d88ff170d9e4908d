import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GantryError } from '../../../src/domain/base/errors.ts';
import { backUpTo, restoreFrom } from '../../../src/main/backup-file.ts';
import { openStore, type Store } from '../../../src/store/index.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres.ts';
import { copyMigratedStore } from '../../support/store-template.ts';
import { digestFilledWith } from '../domain/planning-input.ts';
import { deploymentRow, entries, freezeOf, rehearsalRow, storedKeyOf } from './rows.ts';

const [bob, eve] = ['b'.repeat(16), 'e'.repeat(16)] as const;
const at = '2026-11-23T09:00:02.114Z';

let folder: string;
let server: PostgresServer;
let file: string;
const open: Store[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-backups-'));
  server = await startPostgres();
});
afterAll(async () => {
  await Promise.all(open.map((store) => store.close()));
  await server.remove();
  await rm(folder, { recursive: true });
});

async function opened(engine: 'PostgreSQL' | 'PGlite', name: string): Promise<Store> {
  const address = engine === 'PGlite' ? `pglite:${join(folder, name)}` : await server.newDatabase();
  if (engine === 'PGlite') await copyMigratedStore(join(folder, name));
  const store = await openStore(address);
  open.push(store);
  if (engine === 'PostgreSQL') await store.migrate();
  return store;
}

const row = deploymentRow(1, { lastSeq: 120 });

/** Something in every table that holds anything odd: bytes, times, numbers that the database gives, ends of lines. */
async function fill(store: Store): Promise<void> {
  const text = 'one\ntwo\u2028three\\u0000"';
  await store.appendJournal({ deployment: row.id, entries: entries(1, 120, text), row });
  await store.savePlan(digestFilledWith('1'), { text, change: { onBehalfOf: null } } as never, null);
  await store.saveOutput(digestFilledWith('2'), text, row.id);
  await store.addRehearsal(rehearsalRow());
  await store.addAlert({ at, target: 'shop/production', code: 'a', detail: text, worker: 'w' });
  await store.addFreeze(freezeOf('a', { kind: 'service', service: 'shop' }));
  for (const id of [bob, eve]) await store.addKey(storedKeyOf(`key:${id[0]}`, id));
  await store.trustKey('s1', 'ab');
  await store.raiseFence('shop/production', 7);
  await store.complete(await claimed(store), { kind: 'deployment', deployment: row.id });
  await store.sayPolicy({ kind: 'api', name: 'host/2', policyDigest: digestFilledWith('3') });
}

async function claimed(store: Store) {
  const claim = await store.claim('key:b', 'k', { sent: 'c', read: 'c' });
  if (claim.kind !== 'claimed') throw new Error(claim.kind);
  return claim.held;
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('nothing was refused'),
    (thrown: unknown) => thrown,
  );
  return error instanceof GantryError ? `${error.code}: ${error.message}` : String(error);
}

describe.each(['PostgreSQL', 'PGlite'] as const)('a backup of %s', (engine) => {
  let source: Store;
  beforeAll(async () => {
    source = await opened(engine, 'source');
    await fill(source);
    file = join(folder, `${engine}.backup`);
    await backUpTo(source, file, Date.parse(at));
  });

  it('is a file for its owner, with the schema and a digest, and is never written over', async () => {
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const lines = (await readFile(file, 'utf8')).split('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      gantry: 'backup',
      takenAt: at,
      migrations: expect.arrayContaining(['0001-first-tables', '0014-recoveries']),
    });
    expect(JSON.parse(lines.at(-2) ?? '')).toMatchObject({
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      rows: { journal: 120, outputs: 1, api_keys: 2 },
    });
    expect(await refusal(backUpTo(source, file))).toMatch(/^invalid-config: .*EEXIST/);
  });

  it.each(['PostgreSQL', 'PGlite'] as const)('comes back whole in %s', async (into) => {
    const store = await opened(into, `${engine}-copy`);
    // What runs is nothing that the store holds.
    await store.sayPolicy({ kind: 'worker', name: 'host/1', policyDigest: digestFilledWith('3') });
    await restoreFrom(store, file, { replace: false });
    expect(await store.processes()).toEqual([]);
    expect(await store.journal(row.id, 0, 200)).toEqual(await source.journal(row.id, 0, 200));
    expect(await store.plan(digestFilledWith('1'))).toEqual(await source.plan(digestFilledWith('1')));
    expect(await store.output(digestFilledWith('2'))).toBe(await source.output(digestFilledWith('2')));
    expect(await store.rehearsalsOf(rehearsalRow())).toEqual(await source.rehearsalsOf(rehearsalRow()));
    expect(await store.freeze('a')).toEqual(await source.freeze('a'));
    expect(await store.raiseFence('shop/production', 1)).toBe(7);
    expect(await store.claim('key:b', 'k', { sent: 'c', read: 'c' })).toMatchObject({ kind: 'completed' });
    expect(await store.migrate()).toEqual([]);
    // What the database numbers itself goes on behind what is there.
    await store.addAlert({ at, target: 'later', code: 'b', detail: '', worker: 'w' });
    expect((await store.alerts(5)).map(({ target }) => target)).toEqual(['later', 'shop/production']);
  });

  it('that was cut or changed is refused before anything is written', async () => {
    const store = await opened(engine, 'refusing');
    const text = await readFile(file, 'utf8');
    const cases = {
      cut: text.slice(0, text.length / 2),
      'without its end': `${text.split('\n').slice(0, -2).join('\n')}\n`,
      changed: text.replace('"deployment":"shop.production.1","seq":7', '"deployment":"shop.production.1","seq":8'),
      'of a newer build': text.replace('"0014-recoveries"', '"0014-recoveries","9999-later"'),
      empty: '',
    };
    for (const [how, content] of Object.entries(cases)) {
      const broken = join(folder, 'broken');
      await writeFile(broken, content);
      expect(`${how}: ${await refusal(restoreFrom(store, broken, { replace: true }))}`).toMatch(
        `${how}: invalid-backup`,
      );
    }
    expect(await refusal(restoreFrom(store, join(folder, 'nowhere'), { replace: true }))).toMatch('invalid-backup');
    expect(await store.recovery()).toBeNull();
    await store.addKey(storedKeyOf('key:c', bob));
    expect(await refusal(restoreFrom(store, file, { replace: false }))).toMatch('store-not-empty: ');
    expect(await store.keys(null)).toHaveLength(1);
  });

  it('leaves a store in which no key counts until it is confirmed, and everything is frozen until a person ends it', async () => {
    const store = await opened(engine, 'marked');
    const { recovery } = await restoreFrom(store, file, { replace: false });
    expect(await store.recovery()).toEqual(recovery);
    expect(recovery).toMatchObject({ takenAt: at, why: `restored from a backup of ${at}`, kept: [] });
    expect((await store.keys(null)).map(({ unconfirmedSince }) => unconfirmedSince)).toEqual([
      recovery.beganAt,
      recovery.beganAt,
    ]);
    const later = new Date(Date.now() + 1_000).toISOString();
    expect((await store.freezesOf('any', 'where', later)).map(({ scope }) => scope.kind)).toEqual(['everything']);
    expect(await store.unconfirmedSigningKeys()).toEqual(['s1']);

    expect(await store.confirmKeys([`key:${bob[0]}`, 's1'])).toEqual([bob, 's1']);
    await store.endRecovery({ at: later, by: 'dan', reason: 'looked' });
    expect(await store.recovery()).toBeNull();
    expect(await store.freezesOf('any', 'where', later)).toEqual([]);
    expect((await store.key(bob))?.unconfirmedSince).toBeNull();
    expect((await store.key(eve))?.unconfirmedSince).toBe(recovery.beganAt);
    expect(await store.unconfirmedSigningKeys()).toEqual([]);
  });

  it('takes over from the store that it replaces what stops something: freezes, revocations, retirements', async () => {
    const store = await opened(engine, 'newer');
    await restoreFrom(store, file, { replace: false });
    await store.endRecovery({ at, by: 'dan', reason: 'looked' });
    await store.addFreeze(freezeOf('later', { kind: 'everything' }));
    await store.revokeKeys({ id: eve }, at);
    await store.retireKey('s1');
    await store.appendJournal({ deployment: row.id, entries: entries(121, 121), row: { ...row, lastSeq: 121 } });

    const { recovery } = await restoreFrom(store, file, { replace: true });
    expect(recovery.kept).toEqual([
      { kind: 'freeze', id: 'later' },
      { kind: 'revoked-key', id: eve },
      { kind: 'retired-signing-key', id: 's1' },
    ]);
    expect(await store.recovery()).toEqual(recovery);
    expect((await store.freeze('later'))?.lifted).toBeNull();
    expect((await store.key(eve))?.revokedAt).toBe(at);
    expect(await store.trustedKeys()).toEqual([]);
    expect(await store.journal(row.id, 0, 200)).toHaveLength(120);
  });
});
