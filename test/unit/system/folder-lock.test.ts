import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { GantryError } from '../../../src/domain/base/errors.ts';
import { holderInWords, lockFolder, nameHolder } from '../../../src/system/folder-lock.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-lock-'));
});

afterEach(() => rm(folder, { recursive: true }));

it('is held by one of many who ask at once, and free when that one lets go', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => lockFolder(folder)));
  const held = all.filter((lock) => lock !== null);
  expect(held).toHaveLength(1);

  held[0]?.release();
  const next = await lockFolder(folder);
  expect(next).not.toBeNull();
  held[0]?.release();
  expect(await lockFolder(folder)).toBeNull();
  next?.release();
});

it('is waited for, and its holder named meanwhile', async () => {
  expect(await holderInWords(folder)).toBe('Another process');
  const first = await lockFolder(folder);
  const heard: string[] = [];

  const second = await lockFolder(folder, {
    waitMs: 10_000,
    async waiting() {
      heard.push(await holderInWords(folder));
      first?.release();
    },
  });

  expect(heard).toEqual([`Process ${process.pid}`]);
  expect(second).not.toBeNull();
  nameHolder(second?.descriptor ?? -1, 4711, 1);
  expect(await holderInWords(folder)).toBe('Process 4711');
  second?.release();
});

it('stays with a program that was given it on purpose, after its first holder let go', async () => {
  const lock = await lockFolder(folder);
  const child = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', lock?.descriptor] });
  lock?.release();
  expect(await lockFolder(folder)).toBeNull();

  child.kill('SIGKILL');
  const next = await lockFolder(folder, { waitMs: 10_000 });
  expect(next).not.toBeNull();
  next?.release();
});

it('does not pass to the programs that its holder starts', async () => {
  const lock = await lockFolder(folder);
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  try {
    lock?.release();
    const next = await lockFolder(folder);
    expect(next).not.toBeNull();
    next?.release();
  } finally {
    child.kill('SIGKILL');
  }
});

it('refuses where nothing can be locked', async () => {
  await expect(lockFolder(join(folder, 'nowhere'))).rejects.toThrow('ENOENT');

  const path = process.env['PATH'];
  process.env['PATH'] = folder;
  try {
    const outcome = await lockFolder(folder).then(
      (lock) => lock?.release() ?? 'taken',
      (error: GantryError) => error.code,
    );
    // Elsewhere opening the file takes the lock: no program is needed.
    expect(outcome).toBe(process.platform === 'linux' ? 'invalid-config' : 'taken');
  } finally {
    process.env['PATH'] = path;
  }
});
