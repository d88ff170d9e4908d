import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { parseJson } from '../../domain/base/json.ts';
import { codeOf } from '../../system/error-code.ts';
import { writeWhole } from '../../system/write-whole.ts';
import { loggedOnce } from '../repeat.ts';
import type { TrustedKeys } from './trusted-keys.ts';

/** Keys that were read longer ago, in milliseconds, are not used. */
const countsForMs = 24 * 3_600_000;

/** The same keys are written again after so long, in milliseconds. */
const againAfterMs = 10 * 60_000;

const fileSchema = z.strictObject({
  store: z.string(),
  readAt: z.iso.datetime(),
  keys: z.array(z.strictObject({ id: z.string(), publicKey: z.string() })),
});

/**
 * A file in which a worker keeps the public keys of the API that its store answered last. `store`: the address of that store,
 * of which the file holds a digest.
 */
export function trustedKeysFile(file: string, store: string, log: (line: string) => void) {
  const digest = createHash('sha256').update(store).digest('hex');
  const useless = (why: string): null => {
    log(`${file} is not used: ${why}.`);
    return null;
  };
  let written = { content: '', at: Number.NEGATIVE_INFINITY };
  let writing: Promise<void> = Promise.resolve();
  let latest = '';
  const write = loggedOnce(
    () => writeWhole(file, `${latest}\n`, { replace: true }),
    (error) => `${file} cannot be written: ${codeOf(error) ?? (error as Error).message}.`,
    log,
  );
  return {
    /** The keys in it; null where there is no such file, or it is not used, for a reason that is logged. */
    async read(now: number): Promise<TrustedKeys | null> {
      const text = await readOwn(file).catch((error: NodeJS.ErrnoException) => error);
      if (text instanceof Error) return text.code === 'ENOENT' ? null : useless(text.message);
      const found = fileSchema.safeParse(parseJson(text));
      if (!found.success) return useless('it holds no keys as a worker writes them');
      const { store: whose, readAt, keys } = found.data;
      if (whose !== digest) return useless('it was written for another store');
      const ageMs = now - Date.parse(readAt);
      if (ageMs < 0 || ageMs > countsForMs) return useless(`its keys were read at ${readAt}, more than a day from now`);
      return keys;
    },
    /** Writes the keys, unless they are there already. A fault is logged once, and never thrown. */
    keep(keys: TrustedKeys, now: number): void {
      const content = JSON.stringify(keys);
      if (content === written.content && now - written.at < againAfterMs) return;
      written = { content, at: now };
      latest = JSON.stringify({ store: digest, readAt: new Date(now).toISOString(), keys }, null, 2);
      writing = writing.then(write);
    },
  };
}

/** Anybody who may write to the file could have their own key trusted. */
async function readOwn(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { mode, uid } = await handle.stat();
    if (uid !== process.getuid?.() || (mode & 0o077) !== 0)
      throw new Error('it must belong to the worker, and nobody else may read or write it (chmod 600)');
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
