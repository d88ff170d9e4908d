import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeWhole } from '../../../src/system/write-whole.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-whole-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Where files may have no bytes, as on a disk that is full. */
const onFullDisk = (code: string) =>
  spawnSync(
    'sh',
    ['-c', 'trap "" XFSZ; ulimit -f 0; exec "$0" --import tsx --input-type=module -e "$1"', process.execPath, code],
    {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, TSX_DISABLE_CACHE: '1' },
    },
  );

describe('a file that is written whole', () => {
  it('is written whole, for its owner alone, and replaces another only when asked to', async () => {
    const file = join(folder, 'one');
    await writeWhole(file, 'first');
    await expect(writeWhole(file, 'second')).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(file, 'utf8')).toBe('first');
    await writeWhole(file, 'third', { replace: true });
    expect(await readFile(file, 'utf8')).toBe('third');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['one']);
  });

  it.each([
    ["import('./src/main/keys/key-file.ts')", 'ensureKeyFile', "'a-key'"],
    ["import('./src/main/keys/message-key.ts')", 'ensureMessageKeys', ''],
    ["import('./src/cli/evidence/keygen.ts')", 'generateKeys', ''],
  ])('is not there at all where the disk is full: %s', async (module, make, more) => {
    const place = await mkdtemp(join(folder, 'full-'));
    const where = make === 'generateKeys' ? join(place, 'ci') : place;
    const code = `const { ${make} } = await ${module}; await ${make}(${JSON.stringify(where)}${more && `, ${more}`}).then(() => console.log('made'), (error) => console.log('refused', error.message));`;
    const { stdout, stderr } = onFullDisk(code);
    expect(`${stdout}${stderr}`).toMatch(/^refused .*(EFBIG|file too large)/i);
    expect(await readdir(place)).toEqual([]);
  });

  it('leaves what was there before where the disk is full', async () => {
    const place = await mkdtemp(join(folder, 'kept-'));
    await writeFile(join(place, 'message-key'), `${'ab'.repeat(32)}\n`);
    const code = `const { rotateMessageKey } = await import('./src/main/keys/message-key.ts'); await rotateMessageKey(${JSON.stringify(place)}).catch(() => console.log('refused'));`;
    expect(onFullDisk(code).stdout).toBe('refused\n');
    expect(await readdir(place)).toEqual(['message-key']);
    expect(await readFile(join(place, 'message-key'), 'utf8')).toBe(`${'ab'.repeat(32)}\n`);
  });
});
