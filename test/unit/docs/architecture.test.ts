import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

it('maps every source file, and no other', async () => {
  const page = await readFile(`${root}ARCHITECTURE.md`, 'utf8');
  const mapped: string[] = [
    'src/config.ts',
    'src/folder-lock.ts',
    'src/loopback.ts',
    'src/secret-files.ts',
    'src/time-limit.ts',
    'src/write-whole.ts',
    'src/native-signatures.ts',
    'src/time-zone-data.ts',
    'src/weigh-in-turns.ts',
  ];
  let room = '';
  for (const line of page.split('\n')) {
    room = /^### `(src\/[^`]+)`/.exec(line)?.[1] ?? (line.startsWith('### ') ? '' : room);
    const file = /^\| `([^`]+\.ts)`/.exec(line)?.[1];
    if (room !== '' && file !== undefined) mapped.push(`${room}/${file}`);
  }
  const { stdout } = await promisify(execFile)('find', ['src', '-name', '*.ts'], { cwd: root });
  expect(mapped.sort()).toEqual(stdout.trim().split('\n').sort());
});
