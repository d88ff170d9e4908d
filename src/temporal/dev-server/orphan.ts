import { readFile, stat } from 'node:fs/promises';
import { holderOf, lockFileOf } from '../../system/folder-lock.ts';
import { sendSignal } from './send-signal.ts';

/**
 * Asks the server that holds the lock of this folder to end, if the process that watched it is gone: nobody else ever
 * will. Sure of both, or it does nothing: the kernel says that this process has the lock's file open, and that its
 * parent is not the one that started it. Where there is no /proc, it does nothing either.
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
    // It has just ended, or is somebody else's.
  }
}

/** The number that the lock's descriptor has in the server's process. */
export const lockDescriptor = 3;
