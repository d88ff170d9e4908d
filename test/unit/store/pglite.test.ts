import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore, type Store } from '../../../src/store/index.ts';
import { migrations } from '../../../src/store/migrations.ts';
import { openPglite } from '../../../src/store/pglite.ts';
import { copyMigratedStore } from '../../support/store-template.ts';
import { turnsBeside } from '../../support/turns.ts';
import { entries, storedKeyOf } from './rows.ts';

let root: string;
let folder: string;
let address: string;
let store: Store;
const children: ChildProcess[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'gantry-pglite-'));
  folder = join(root, 'below', 'store');
  address = `pglite:${folder}`;
  store = await openStore(`pglite:${relative(process.cwd(), folder)}`);
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await store.close();
  await rm(root, { recursive: true });
});

/** Another process on the same folder, and what it says, line by line. */
function anotherProcess(service: string) {
  const script = fileURLToPath(new URL('./hold-store.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, address, service], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  return { child, lines, ended: once(child, 'close') };
}

it('makes a folder that only its owner can enter, where a relative path says', async () => {
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

/** What tells one PostgreSQL from all others that were made. */
async function identityOf(name: string): Promise<unknown> {
  const { pool } = await openPglite(join(root, name));
  const connection = await pool.connect();
  const { rows } = await connection.query('select system_identifier from pg_control_system()', []);
  connection.release();
  await pool.end();
  return rows;
}

it('begins as the build has packed it, and is not made anew', async () => {
  expect(await identityOf('one')).toEqual([{ system_identifier: expect.any(String) }]);
  expect(await identityOf('two')).toEqual(await identityOf('one'));
});

it('is migrated once, and again without effect', async () => {
  await expect(store.targets()).rejects.toMatchObject({ code: 'not-ready' });

  const applied = await Promise.all([store.migrate(), store.migrate(), store.migrate()]);
  expect(applied.flat()).toEqual(Object.keys(migrations));
  expect(await store.migrate()).toEqual([]);
});

it('lets everybody else have their turn between its answers, which come without waiting', async () => {
  const manyQuestions = async () => {
    for (let i = 0; i < 20; i += 1) await store.ping();
  };
  expect(await turnsBeside(manyQuestions())).toBeGreaterThanOrEqual(20);
});

it('refuses a second opener, here and in another process, and goes on serving the first', async () => {
  await expect(openStore(address)).rejects.toMatchObject({ code: 'store-locked' });
  const other = anotherProcess('intruder');
  await other.ended;
  expect(other.lines).toEqual(['store-locked']);

  await store.addKey(storedKeyOf('key:alice', 'first'));
  expect((await store.key('first'))?.subject).toBe('key:alice');
  expect(await store.deployment('intruder.production.1')).toBeNull();
});

it('opens at once after its holder was killed, with everything that was acknowledged', async () => {
  await store.close();
  for (const service of ['first', 'second']) {
    const holder = anotherProcess(service);
    await expect.poll(() => holder.lines.length, { timeout: 30_000 }).toBeGreaterThan(20);
    await expect(openStore(address)).rejects.toMatchObject({ code: 'store-locked' });
    holder.child.kill('SIGKILL');
    await holder.ended;

    store = await openStore(address);
    const acknowledged = Number(holder.lines.at(-1));
    const journal = await store.journal(`${service}.production.1`, 0, 100_000);
    expect(acknowledged).toBeGreaterThan(20);
    expect(journal.length).toBeGreaterThanOrEqual(acknowledged);
    expect(journal).toEqual(entries(1, journal.length));
    if (service === 'first') await store.close();
  }
  expect((await store.key('first'))?.subject).toBe('key:alice');
});

it('answers queries that still wait when it is closed', async () => {
  const other = join(root, 'below', 'other');
  await copyMigratedStore(other);
  const engine = await openPglite(other);
  const first = await engine.pool.connect();
  const closed = engine.pool.end();
  const waiting = engine.migrationPool().connect();
  first.release();
  await closed;

  const late = (await waiting).query('select 1', []);
  await expect(late).rejects.toMatchObject({ code: 'store-unavailable' });
});

it('lets go of a folder that it cannot open', async () => {
  const broken = join(root, 'broken');
  await mkdir(join(broken, 'data'), { recursive: true });
  await writeFile(join(broken, 'data', 'PG_VERSION'), 'none');

  for (let attempt = 0; attempt < 2; attempt += 1)
    await expect(openStore(`pglite:${broken}`)).rejects.toMatchObject({ code: 'store-unavailable' });
  await expect(openStore(`pglite:${join(broken, 'data', 'PG_VERSION')}`)).rejects.toMatchObject({
    code: 'store-unavailable',
  });
});
