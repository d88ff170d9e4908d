import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface HeldLock {
  readonly release: () => Promise<void>;
}

const beatEveryMs = 2_000;
/** A holder that has not touched its file for this long is gone, even if its process id is in use again. */
const staleAfterMs = 60_000;
const lookEveryMs = 100;

/**
 * Takes a lock that processes share by a folder, waiting for its holder at most `waitMs`. Resolves to `null` when
 * the time is up. A holder that was killed loses the lock. `waiting` hears the holder's process id while we wait.
 *
 * The lock is a folder with one file in it. A folder can be renamed onto an empty folder but not onto a full one, so
 * the lock comes with its holder's file in one atomic step, and taking away a dead holder's file frees it exactly once.
 */
export async function takeLock(
  folder: string,
  options: { readonly waitMs: number; readonly waiting?: (pid: number) => void },
): Promise<HeldLock | null> {
  const name = randomUUID();
  const prepared = `${folder}.${name}`;
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(prepared);
  try {
    await writeFile(join(prepared, name), String(process.pid));
    const until = Date.now() + options.waitMs;
    while (!(await becomes(prepared, folder))) {
      const holder = await livingHolder(folder);
      if (holder === null) continue;
      if (Date.now() >= until) return null;
      options.waiting?.(holder);
      await delay(Math.min(lookEveryMs, Math.max(1, until - Date.now())));
      await touch(join(prepared, name));
    }
  } finally {
    await rm(prepared, { recursive: true, force: true });
  }
  return hold(join(folder, name));
}

function hold(file: string): HeldLock {
  const beat = setInterval(() => void touch(file), beatEveryMs);
  beat.unref();
  return {
    async release() {
      clearInterval(beat);
      await rm(file, { force: true });
    },
  };
}

async function becomes(prepared: string, folder: string): Promise<boolean> {
  try {
    await rename(prepared, folder);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return false;
    throw error;
  }
}

/** The process that holds the lock, or `null` when nobody does any more; a dead holder's file is removed. */
async function livingHolder(folder: string): Promise<number | null> {
  for (const name of await readdir(folder).catch(() => [])) {
    const file = join(folder, name);
    try {
      const [text, facts] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
      const pid = Number(text);
      if (isRunning(pid) && Date.now() - facts.mtimeMs < staleAfterMs) return pid;
      await unlink(file);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }
  return null;
}

/** Whether a process with this id runs (another user's too). */
export function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
  return !isZombie(pid);
}

/** In a container whose first process reaps nobody, the id of a dead orphan stays in use. */
function isZombie(pid: number): boolean {
  try {
    // "pid (name) state …"; the name may hold anything, brackets too.
    return /\) [ZX] [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function touch(file: string): Promise<void> {
  const now = new Date();
  // A file that is gone was taken by somebody who thought us dead; there is nothing to keep alive then.
  await utimes(file, now, now).catch(() => undefined);
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
