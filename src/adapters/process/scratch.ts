import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { chmod, chown, copyFile, lstat, mkdtemp, readdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { codeOf } from '../../system/error-code.ts';
import { lockFileOf, lockFolder } from '../../system/folder-lock.ts';

/** The user of a folder that is not this process's own. */
type Owner = { readonly uid: number; readonly gid: number };

const prefix = 'gantry-step-';

/** Of the folders in there. */
const inside = 'in-';

/** The process that has just made a folder may not have its lock yet. */
const youngMs = 60_000;

let own: Promise<string> | null = null;

/**
 * An empty folder for one command. All those of a process lie in one, whose lock it holds as long as it lives, so
 * that others recognize what a killed process has left.
 */
export async function scratchFolder(): Promise<string> {
  const before = (own ??= ownFolder());
  try {
    return await mkdtemp(join(await before, inside));
  } catch (error) {
    // It could not be made, or was removed meanwhile: the next attempt makes a new one.
    if (own === before) own = null;
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  return mkdtemp(join(await (own ??= ownFolder()), inside));
}

/** The same for a command that runs as another user. */
export async function scratchFolderOf({ uid, gid }: Owner): Promise<string> {
  const folder = await passable(await scratchFolder());
  await chown(folder, uid, gid);
  return folder;
}

/** Lets others through the folders of this process to theirs, which they have to know the names of. */
async function passable(folder: string): Promise<string> {
  await chmod(join(folder, '..'), 0o711);
  return folder;
}

/** Copies of files that only another user may read, in a folder where only this process may write. */
export function copiesFor({ uid, gid }: Owner) {
  let folder: Promise<string> | null = null;
  const made = new Map<string, Promise<string>>();
  const copy = async (file: string): Promise<string> => {
    const own = await (folder ??= scratchFolder().then(passable));
    await chmod(own, 0o711);
    const to = join(own, basename(file));
    await copyFile(file, to);
    await chmod(to, 0o400);
    await chown(to, uid, gid);
    return to;
  };
  return {
    /** Answers where the copy is. */
    of: (file: string): Promise<string> => {
      const there = made.get(file) ?? copy(file);
      made.set(file, there);
      return there;
    },
    remove: async (): Promise<void> => {
      if (folder !== null) await rm(await folder, { recursive: true, force: true });
    },
  };
}

/**
 * Removes a folder of this process, or of a user whom it ran a command as. Only that user's rights are used to empty it:
 * what they left running could put a link in the place of a folder while a process with more rights empties it.
 */
export async function removeScratch(folder: string): Promise<void> {
  const { uid, gid } = await lstat(folder);
  if (uid === process.getuid?.()) return rm(folder, { recursive: true, force: true });
  const emptied = spawn('/bin/rm', ['-rf', '--', folder], { uid, gid, cwd: '/', env: {}, stdio: 'ignore' });
  await once(emptied, 'close').catch(() => undefined);
  await rmdir(folder);
}

/** Removes the folders that processes have left here which do not live any more; those of a live one stay. Answers how many went. */
export async function removeLeftFolders(where = tmpdir()): Promise<number> {
  const names = (await readdir(where)).filter((name) => name.startsWith(prefix));
  let count = 0;
  for (const name of names) if (await removeLeft(join(where, name))) count += 1;
  return count;
}

async function removeLeft(folder: string): Promise<boolean> {
  if (!(await isOldAndOurs(folder))) return false;
  // Where nothing can be locked it is unknown whether the process that made it still lives.
  const lock = await lockFolder(folder).catch(() => null);
  if (!lock) return false;
  try {
    for (const name of await readdir(folder)) if (name.startsWith(inside)) await removeScratch(join(folder, name));
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
    // Without a lock no other process removes it.
    if (lock === 'impossible') await rm(lockFileOf(folder), { force: true });
    // Another process may have removed it meanwhile, though young folders are left alone.
    else if (!lock || !(await lstat(lockFileOf(folder)).catch(() => null))) continue;
    process.once('exit', () => removeAtExit(folder));
    return folder;
  }
}

/** Folders of other users in there are left to the next process that cleans up: removing them takes too long now. */
function removeAtExit(folder: string): void {
  try {
    const others = readdirSync(folder).filter((name) => lstatSync(join(folder, name)).uid !== process.getuid?.());
    if (others.length === 0) rmSync(folder, { recursive: true, force: true });
  } catch {
    // gone already
  }
}
