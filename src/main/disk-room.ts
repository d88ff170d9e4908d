import { statfs } from 'node:fs/promises';
import { type Pager, pageFindings } from '../activities/supervision/supervise.ts';
import type { Known } from '../domain/supervision/known.ts';
import { type Repeated, repeat } from './repeat.ts';
import { workerName } from './worker-name.ts';

/** Less is as good as none: what is under way has journals, histories and records to write yet. 64 MiB. */
const minBytes = 64 * 1024 * 1024;
const everyMs = 30_000;

/** Why nothing new may begin: the disk of a folder has no room left; null: all have. */
export type RoomFault = () => Promise<string | null>;

/** Looks at the file systems of the folders that this process, or a part of it, keeps its state in. `free`: bytes there. */
export function roomIn(folders: readonly string[], free: (folder: string) => Promise<number> = freeBytes): RoomFault {
  return async () => {
    const left = await Promise.all(
      // What is not there yet, or tells nothing, is no full disk.
      folders.map((folder) => free(folder).catch(() => Number.POSITIVE_INFINITY)),
    );
    const min = Math.min(...left);
    if (min >= minBytes) return null;
    const mebibytes = Math.floor(min / 1024 / 1024);
    return `The disk of ${folders[left.indexOf(min)] ?? ''} is full: ${mebibytes} MiB are left, and ${minBytes / 1024 / 1024} are kept for what is under way.`;
  };
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

interface DiskParts extends Pick<Pager, 'store' | 'policy' | 'notify'> {
  readonly room: RoomFault;
  readonly now?: () => number;
}

/** Pages once when a disk is full, and again when that comes back after a while. */
export function createDiskWatch({ room, store, policy, notify, now = Date.now }: DiskParts) {
  const pager: Pager = { store, policy, notify, worker: workerName(), now };
  let known: Known = {};
  return {
    async look(): Promise<void> {
      const detail = await room();
      known = await pageFindings(pager, detail === null ? [] : [{ code: 'disk-full', of: 'gantry', detail }], known);
    },
  };
}

/** The same now and every 30 s. Answers how it is ended. */
export function watchDisk(parts: DiskParts): Repeated {
  const watch = createDiskWatch(parts);
  return repeat(everyMs, () => watch.look(), { atOnce: true });
}
