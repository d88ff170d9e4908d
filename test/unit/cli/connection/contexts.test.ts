import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApi } from '../../../../src/cli/api-client.ts';
import { contextFor, contextsFile, readContexts, writeContexts } from '../../../../src/cli/connection/contexts.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-contexts-'));
});
afterAll(() => rm(folder, { recursive: true }));

const alice = { api: 'http://127.0.0.1:8080', subject: 'key:alice', key: `gtk_${'a'.repeat(43)}` };
const bob = { ...alice, subject: 'key:bob' };

describe('the file of logins', () => {
  it('is readable by its owner alone, and nothing is left beside it', async () => {
    const file = join(folder, 'new', 'config.json');
    const contexts = { current: 'alice', contexts: { alice, bob } };
    await writeContexts(file, contexts);
    await writeContexts(file, contexts);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'new'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder, 'new'))).toEqual(['config.json']);
    expect(await readContexts(file)).toEqual(contexts);
  });

  it('is not used where others may read it', async () => {
    const file = join(folder, 'open.json');
    await writeContexts(file, { current: null, contexts: { alice } });
    await chmod(file, 0o640);
    await expect(readContexts(file)).rejects.toThrow(`chmod 600 ${file}`);
  });

  it('is refused by the place of its fault, without what stands there', async () => {
    const file = join(folder, 'broken.json');
    for (const text of ['{', '[]', JSON.stringify({ current: null, contexts: { alice: { ...alice, key: 7 } } })]) {
      await writeFile(file, text, { mode: 0o600 });
      await expect(readContexts(file)).rejects.toMatchObject({ code: 'invalid-config' });
    }
    await expect(readContexts(file)).rejects.toThrow('/contexts/alice/key');
    await expect(readContexts(file)).rejects.not.toThrow('gtk_');
  });

  it('is where GANTRY_CONFIG says, else among the person’s own configuration', () => {
    expect(contextsFile({ GANTRY_CONFIG: '/x', XDG_CONFIG_HOME: '/y', HOME: '/z' })).toBe('/x');
    expect(contextsFile({ XDG_CONFIG_HOME: '/y', HOME: '/z' })).toBe('/y/gantry/config.json');
    expect(contextsFile({ HOME: '/z' })).toBe('/z/.config/gantry/config.json');
    expect(() => contextsFile({})).toThrow('set HOME or GANTRY_CONFIG');
  });
});

describe('which login counts', () => {
  const environment = (more: Record<string, string> = {}) => ({ GANTRY_CONFIG: join(folder, 'some.json'), ...more });
  beforeAll(() => writeContexts(join(folder, 'some.json'), { current: 'alice', contexts: { alice, bob } }));

  it('is the named one, then that of GANTRY_CONTEXT, then the current one', async () => {
    expect(await contextFor('bob', environment({ GANTRY_CONTEXT: 'nobody' }))).toMatchObject({
      context: bob,
      name: 'bob',
    });
    expect(await contextFor(undefined, environment({ GANTRY_CONTEXT: 'bob' }))).toMatchObject({ context: bob });
    expect(await contextFor(undefined, environment())).toMatchObject({ context: alice, name: 'alice' });
    expect(await contextFor(undefined, { GANTRY_CONFIG: join(folder, 'none.json') })).toBeNull();
    await expect(contextFor('toString', environment())).rejects.toThrow('(there is: alice, bob)');
  });

  it('gives its key to its own API alone', async () => {
    await expect(openApi({}, environment())).resolves.toBeDefined();
    // A pipeline sets what it has no secret for to nothing.
    await expect(openApi({}, environment({ GANTRY_API: '', GANTRY_TOKEN: '' }))).resolves.toBeDefined();
    await expect(openApi({ api: 'http://127.0.0.1:8080/' }, environment())).resolves.toBeDefined();
    const elsewhere = { api: 'http://127.0.0.1:8081' };
    await expect(openApi(elsewhere, environment())).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(openApi(elsewhere, environment({ GANTRY_TOKEN: alice.key }))).resolves.toBeDefined();
  });

  it('is none where nobody is logged in', async () => {
    for (const nowhere of [{}, { GANTRY_CONFIG: join(folder, 'none.json') }])
      await expect(openApi({}, nowhere)).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});
