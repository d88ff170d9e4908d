import { rmSync } from 'node:fs';
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFileOf, lockFolder } from '../../folder-lock.ts';

const prefix = 'gantry-step-';
/** Whoever has just made a folder may not have its lock yet. */
const youngMs = 60_000;

let own: Promise<string> | null = null;

/**
 * An empty folder for one command. All those of a process lie in one, whose lock it holds for as long as it lives, so
 * that others can tell what a killed one has left.
 */
export async function scratchFolder(): Promise<string> {
  const before = (own ??= ownFolder());
  try {
    return await mkdtemp(join(await before, 'in-'));
  } catch (error) {
    // It could not be made, or somebody has cleaned up under us: the next one is asked for a new one.
    if (own === before) own = null;
    if (!isMissing(error)) throw error;
  }
  return mkdtemp(join(await (own ??= ownFolder()), 'in-'));
}

/** Removes the folders that processes have left here which do not live any more; those of a live one stay. Answers how many went. */
export async function removeLeftFolders(inside = tmpdir()): Promise<number> {
  const names = (await readdir(inside)).filter((name) => name.startsWith(prefix));
  let count = 0;
  for (const name of names) if (await removeLeft(join(inside, name))) count += 1;
  return count;
}

async function removeLeft(folder: string): Promise<boolean> {
  if (!(await isOldAndOurs(folder))) return false;
  // Nobody can tell whether the one who made it lives where nothing can be locked.
  const lock = await lockFolder(folder).catch(() => null);
  if (!lock) return false;
  try {
    await rm(folder, { recursive: true, force: true });
    return true;
  } catch {
    return false; // what resists is tried again
  } finally {
    lock.release();
  }
}

async function isOldAndOurs(folder: string): Promise<boolean> {
  try {
    const [found] = await Promise.all([lstat(folder), lstat(lockFileOf(folder))]);
    return found.isDirectory() && found.uid === process.getuid?.() && found.mtimeMs < Date.now() - youngMs;
  } catch {
    return false; // it has no lock, or is gone
  }
}

async function ownFolder(): Promise<string> {
  for (;;) {
    const folder = await mkdtemp(join(tmpdir(), prefix));
    const lock = await lockFolder(folder).catch(() => 'impossible' as const);
    // Without one nobody removes it but we ourselves.
    if (lock === 'impossible') await rm(lockFileOf(folder), { force: true });
    // Somebody who cleans up may have been faster, though they leave young ones alone.
    else if (!lock || !(await lstat(lockFileOf(folder)).catch(() => null))) continue;
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
