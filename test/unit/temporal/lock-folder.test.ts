import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isRunning, takeLock } from '../../../src/temporal/lock-folder.ts';

let root: string;
let lock: string;
const parents: ChildProcess[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gantry-lock-'));
  lock = join(root, 'below', 'lock');
});

afterEach(async () => {
  for (const parent of parents.splice(0)) parent.kill('SIGKILL');
  await rm(root, { recursive: true, force: true });
});

it('is held by one at a time and goes on to the next', async () => {
  const first = await takeLock(lock, { waitMs: 0 });
  const waitedFor: number[] = [];
  expect(await takeLock(lock, { waitMs: 0 })).toBeNull();

  const second = takeLock(lock, { waitMs: 10_000, waiting: (pid) => waitedFor.push(pid) });
  await expect.poll(() => waitedFor).toContain(process.pid);
  await first?.release();

  expect(await second).not.toBeNull();
  expect(await takeLock(lock, { waitMs: 0 })).toBeNull();
});

it('is never held twice, however many ask for a dead one at once', async () => {
  await leftBy(await deadProcess());
  const all = await Promise.all(Array.from({ length: 20 }, () => takeLock(lock, { waitMs: 0 })));

  expect(all.filter((held) => held !== null)).toHaveLength(1);
  expect(await readdir(join(root, 'below'))).toEqual(['lock']);
});

it('is taken from a living process that has long forgotten it: its id belongs to somebody else now', async () => {
  await leftBy(process.pid);
  expect(await takeLock(lock, { waitMs: 0 })).toBeNull();

  const longAgo = new Date(Date.now() - 120_000);
  await utimes(join(lock, 'holder'), longAgo, longAgo);
  expect(await takeLock(lock, { waitMs: 0 })).not.toBeNull();
});

it('does not free what somebody else has taken over', async () => {
  const first = await takeLock(lock, { waitMs: 0 });
  for (const name of await readdir(lock)) await rm(join(lock, name));
  await takeLock(lock, { waitMs: 0 });
  await first?.release();

  expect(await takeLock(lock, { waitMs: 0 })).toBeNull();
});

it('fails where no folder can be made', async () => {
  await writeFile(join(root, 'below'), '');

  await expect(takeLock(lock, { waitMs: 0 })).rejects.toThrow(/EEXIST|ENOTDIR/);
});

it('tells which processes run', async () => {
  expect(isRunning(process.pid)).toBe(true);
  expect(isRunning(1)).toBe(true);
  expect(isRunning(await deadProcess())).toBe(false);
  expect(isRunning(await zombie())).toBe(false);
  expect([0, -1, 1.5, Number.NaN].map(isRunning)).toEqual([false, false, false, false]);
});

async function leftBy(pid: number): Promise<void> {
  await mkdir(lock, { recursive: true });
  await writeFile(join(lock, 'holder'), String(pid));
}

async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  if (child.pid === undefined) throw new Error('it did not start');
  return child.pid;
}

/** A dead process that nobody has asked for its end: its parent, a shell turned into `sleep`, never will. */
async function zombie(): Promise<number> {
  const parent = spawn('/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  parents.push(parent);
  const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(chunk.toString());
  await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
  return pid;
}
