import { readFile, stat } from 'node:fs/promises';
import { holderOf, lockFileOf } from '../../system/folder-lock.ts';
import { sendSignal } from './send-signal.ts';

/**
 * Asks the server that holds the lock of this folder to end, if the process that watched it is gone: nothing else ever
 * will. Does so only where /proc shows that the server has the lock's file open, and another parent than the one that
 * started it.
 */
export async function endOrphan(folder: string): Promise<void> {
  const [server, watcher] = await holderOf(folder);
  if (server === undefined || watcher === undefined) return;
  try {
    const [status, open, lock] = await Promise.all([
      readFile(`/proc/${server}/status`, 'utf8'),
      stat(`/proc/${server}/fd/${lockDescriptor}`),
      stat(lockFileOf(folder)),
    ]);
    const parent = Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]);
    if (open.dev === lock.dev && open.ino === lock.ino && parent !== watcher) sendSignal(server, 'SIGTERM');
  } catch {
    // It has just ended, or belongs to another user.
  }
}

/** The number that the lock's descriptor has in the server's process. */
export const lockDescriptor = 3;
