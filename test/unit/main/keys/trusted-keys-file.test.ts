import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { trustedKeysFile } from '../../../../src/main/keys/trusted-keys-file.ts';
import { eventually } from '../../../support/eventually.ts';

const store = 'postgres://db.example:5432/gantry';
const now = Date.parse('2026-11-23T09:00:00.000Z');
const dayMs = 24 * 3_600_000;
const keys = [{ id: 'k1', publicKey: 'public key of k1' }];

let folder: string;
let file: string;
let said: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-keys-'));
  file = join(folder, 'trusted-keys.json');
  said = [];
});
afterEach(() => rm(folder, { recursive: true }));

const open = (of = store) => trustedKeysFile(file, of, (line) => said.push(line));
async function written(): Promise<void> {
  open().keep(keys, now);
  await eventually(
    () => stat(file).catch(() => null),
    (found) => found !== null,
  );
}

it('keeps what was read, for the worker alone, and without the address of the store', async () => {
  await written();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, 'utf8')).not.toContain('db.example');
  expect(await open().read(now + dayMs)).toEqual(keys);
  expect(said).toEqual([]);
});

it('has no keys where there is no file', async () => {
  expect(await open().read(now)).toBeNull();
  expect(said).toEqual([]);
});

it.each<[string, () => Promise<unknown>, { readonly of?: string; readonly at?: number }, RegExp]>([
  ['that others may write to', () => chmod(file, 0o620), {}, /chmod 600/],
  ['that others may read', () => chmod(file, 0o644), {}, /chmod 600/],
  ['that is cut off', () => writeFile(file, '{"store":'), {}, /as a worker writes them/],
  ['that is a list', () => writeFile(file, '[]'), {}, /as a worker writes them/],
  ['of another store', async () => undefined, { of: 'postgres://db.example:5432/other' }, /another store/],
  ['that is older than a day', async () => undefined, { at: now + dayMs + 1 }, /2026-11-23T09:00:00.000Z/],
  ['from tomorrow', async () => undefined, { at: now - 1 }, /2026-11-23T09:00:00.000Z/],
])('does not count %s, and says why', async (_, change, { of, at = now }, why) => {
  await written();
  await change();
  expect(await open(of).read(at)).toBeNull();
  expect(said).toEqual([expect.stringMatching(why)]);
});

it('that cannot be written is logged once, until it can be', async () => {
  file = join(folder, 'gone', 'trusted-keys.json');
  const kept = open();
  kept.keep(keys, now);
  kept.keep(keys, now + dayMs);
  await eventually(
    () => Promise.resolve(said),
    ({ length }) => length > 0,
  );
  kept.keep([], now);
  await expect(stat(file)).rejects.toThrow('ENOENT');
  expect(said).toEqual([expect.stringMatching(/gone.*cannot be written: ENOENT/)]);
});
