import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { codeOf } from '../../system/error-code.ts';

// A process of its own, which is killed when a folder does not answer: a file system that hangs would keep a thread
// of the process that asks it for ever, and a Node process has no more than four of those.

/** What a record is known by: the id of its deployment and the time of its request. */
export type Owner = readonly string[];

export type FileJob =
  /** Which of these names belong to another owner. */
  | { readonly kind: 'look'; readonly folder: string; readonly names: readonly string[]; readonly owner: Owner }
  | {
      readonly kind: 'write';
      readonly folder: string;
      readonly name: string;
      readonly content: string;
      readonly owner: Owner;
    };

export interface FileOrder {
  readonly id: number;
  readonly job: FileJob;
}

/** `foreign`: the names among those of the job that are not the owner's; nothing was written over them. */
export type FileAnswer = { readonly id: number } & (
  | { readonly kind: 'done'; readonly foreign: readonly string[] }
  | { readonly kind: 'failed'; readonly why: string }
);

/** A record has its owner in its first lines. */
const headBytes = 64 * 1024;

/** Whether something is there that is not the owner's record: a pipe or a folder is not, and is never opened. */
async function isForeign(file: string, owner: Owner): Promise<boolean> {
  const found = await lstat(file).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (!found) return false;
  if (!found.isFile()) return true;
  // A pipe may have been put there in between: it is not waited for.
  const opened = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const { buffer, bytesRead } = await opened.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const head = buffer.toString('utf8', 0, bytesRead);
    return !owner.every((word) => head.includes(word));
  } finally {
    await opened.close();
  }
}

async function carryOut(job: FileJob): Promise<readonly string[]> {
  const { folder, owner } = job;
  const names = job.kind === 'look' ? job.names : [job.name];
  const checked = await Promise.all(
    names.map(async (name) => ((await isForeign(join(folder, name), owner)) ? [name] : [])),
  );
  const foreign = checked.flat();
  if (job.kind === 'write' && foreign.length === 0) await write(job);
  return foreign;
}

/** Writes a file so that a reader sees the old one or the new one, never half of one. */
async function write({ folder, name, content }: Extract<FileJob, { readonly kind: 'write' }>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const half = join(resolve(folder), `.${name}.${randomUUID()}`);
  try {
    await writeFile(half, content, { flag: 'wx' });
    await rename(half, join(resolve(folder), name));
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  }
}

process.on('message', ({ id, job }: FileOrder) => {
  carryOut(job).then(
    (foreign) => process.send?.({ id, kind: 'done', foreign } satisfies FileAnswer),
    (error: unknown) => process.send?.({ id, kind: 'failed', why: String(error) } satisfies FileAnswer),
  );
});
process.on('disconnect', () => process.exit());
// The process that started it ends it, once the last file is written.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
