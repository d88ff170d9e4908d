import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { GantryError, messageOf } from '../domain/base/errors.ts';
import type { Recovery } from '../domain/target/recovery.ts';
import { type BackupTail, checkBackup } from '../store/backup-lines.ts';
import type { Store } from '../store/index.ts';

/**
 * Writes a backup into a file of its own, which only its owner can read, and which is there only once it is whole. Throws
 * `invalid-config` where there is one already, or none can be made.
 */
export async function backUpTo(store: Pick<Store, 'backUp'>, file: string, now = Date.now()): Promise<BackupTail> {
  const partial = `${file}.${randomBytes(4).toString('hex')}.partial`;
  const handle = await open(partial, 'wx', 0o600).catch(unwritable(file));
  try {
    const tail = await store.backUp((text) => handle.writeFile(text), new Date(now).toISOString());
    await handle.sync();
    // A link replaces no file, as a rename would.
    await link(partial, file).catch(unwritable(file));
    return tail;
  } finally {
    await handle.close();
    await rm(partial, { force: true });
  }
}

const unwritable = (file: string) => (cause: unknown) => {
  const why = messageOf(cause);
  throw new GantryError('invalid-config', `${file} cannot be written: ${why}`, { cause });
};

/** Checks a whole backup, then writes it into a store. Throws as `restore` of the store does, and `invalid-backup`. */
export async function restoreFrom(
  store: Pick<Store, 'restore'>,
  file: string,
  { replace }: { readonly replace: boolean },
) {
  const head = await checkBackup(linesOf(file));
  const recovery = newRecovery(`restored from a backup of ${head.takenAt}`, head.takenAt);
  return { head, recovery: await store.restore(linesOf(file), { replace, recovery }) };
}

/** A recovery that begins now. */
export function newRecovery(why: string, takenAt: string | null): Recovery {
  return { id: randomBytes(8).toString('hex'), takenAt, beganAt: new Date().toISOString(), why, kept: [] };
}

/** The lines of a file, as `\n` ends them: JSON may hold what else ends lines. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of createReadStream(file)) {
      const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
    throw new GantryError('invalid-backup', `${file} cannot be read: ${cause.message}`, { cause });
  }
  if (rest !== '') yield rest;
}
