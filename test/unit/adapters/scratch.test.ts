import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lutimes, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { removeLeftFolders } from '../../../src/adapters/index.ts';
import { eventually } from '../../support/eventually.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
let inside: string;
beforeAll(async () => {
  inside = await mkdtemp(join(tmpdir(), 'gantry-scratch-'));
});
afterAll(() => rm(inside, { recursive: true }));

/** A worker in the middle of a command, in the temporary folder `inside`. */
async function worker() {
  const before = await readdir(inside);
  const child = spawn(
    join(root, 'node_modules/.bin/tsx'),
    [join(root, 'test/unit/adapters/command-worker.ts'), join(inside, 'pid')],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: inside } },
  );
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [folder = ''] = await eventually(
    async () => (await readdir(inside)).filter((name) => name.startsWith('gantry-step-') && !before.includes(name)),
    (names) => names.length > 0,
  );
  // Its command has a folder of its own in there.
  await eventually(
    async () => readdir(join(inside, folder)),
    (names) => names.some((name) => name.startsWith('in-')),
  );
  return {
    folder,
    async end(signal: NodeJS.Signals) {
      const ended = once(child, 'exit');
      process.kill(Number(said.trim()), signal);
      await ended;
    },
  };
}
const anHourAgo = new Date(Date.now() - 60 * 60 * 1_000);
const age = (name: string) => lutimes(join(inside, name), anHourAgo, anHourAgo);

it('removes what a killed worker has left, and nothing of one that lives or may live', async () => {
  const [killed, living] = [await worker(), await worker()];
  await Promise.all([mkdir(join(inside, 'gantry-step-no-lock')), mkdir(join(inside, 'elsewhere'))]);
  await writeFile(join(inside, 'elsewhere/lock'), '');
  await symlink(join(inside, 'elsewhere'), join(inside, 'gantry-step-link'));
  await killed.end('SIGKILL');
  expect(await removeLeftFolders(inside)).toBe(0); // too young to be evaluated
  for (const name of [killed.folder, living.folder, 'gantry-step-no-lock', 'gantry-step-link']) await age(name);

  expect(await removeLeftFolders(inside)).toBe(1);
  expect((await readdir(inside)).filter((name) => name !== 'pid' && !name.startsWith('tsx-')).sort()).toEqual(
    ['elsewhere', 'gantry-step-link', 'gantry-step-no-lock', living.folder].sort(),
  );
  expect(await readdir(join(inside, 'elsewhere'))).toEqual(['lock']);

  await living.end('SIGKILL');
  await age(living.folder);
  expect(await removeLeftFolders(inside)).toBe(1);
});
