import { statfs } from 'node:fs/promises';
import { type Pager, pageFindings } from '../activities/supervision/supervise.ts';
import type { Known } from '../domain/supervision/known.ts';
import { type Repeated, repeat } from './repeat.ts';
import { workerName } from './worker-name.ts';

/** 64 MiB, kept for the journals, histories and records of what is under way. */
const minBytes = 64 * 1024 * 1024;
const everyMs = 30_000;

/** Why nothing new may begin: the disk of a folder has no room left; null: all have. */
export type RoomFault = () => Promise<string | null>;

/** Checks the file systems of these folders. `free`: bytes that are free in one. */
export function roomIn(folders: readonly string[], free: (folder: string) => Promise<number> = freeBytes): RoomFault {
  return async () => {
    const left = await Promise.all(
      // A folder that is not there yet, or cannot be asked, is no full disk.
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
}

/** Pages once when a disk is full, and again when that comes back after a while. */
export function createDiskWatch({ room, ...pages }: DiskParts): () => Promise<void> {
  const pager: Pager = { ...pages, worker: workerName(), now: Date.now };
  let known: Known = {};
  return async () => {
    const detail = await room();
    known = await pageFindings(pager, detail === null ? [] : [{ code: 'disk-full', of: 'gantry', detail }], known);
  };
}

/** Does the same now and every 30 s, until it is stopped. */
export function watchDisk(parts: DiskParts): Repeated {
  return repeat(everyMs, createDiskWatch(parts), { atOnce: true });
}
