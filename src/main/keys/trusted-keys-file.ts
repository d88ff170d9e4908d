import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { writeWhole } from '../../system/write-whole.ts';
import type { TrustedKeys } from './trusted-keys.ts';

/** What was known longer ago, in milliseconds, counts no more. */
const countsForMs = 24 * 3_600_000;

/** The same keys are written again after so long, in milliseconds. */
const againAfterMs = 10 * 60_000;

const fileSchema = z.strictObject({
  store: z.string(),
  readAt: z.iso.datetime(),
  keys: z.array(z.strictObject({ id: z.string(), publicKey: z.string() })),
});

/** A file in which a worker keeps the public keys of the API that its store has told it last. */
export interface TrustedKeysFile {
  /** What is in it; null where that does not count, which `log` is told the reason of, or where there is none. */
  read(now: number): Promise<TrustedKeys | null>;
  /** Writes them down, unless they are there already. Trouble is told once, and never an error. */
  keep(keys: TrustedKeys, now: number): void;
}

/** `store`: the address of the store whose keys they are, of which the file holds a digest. */
export function trustedKeysFile(file: string, store: string, log: (line: string) => void): TrustedKeysFile {
  const digest = createHash('sha256').update(store).digest('hex');
  const useless = (why: string): null => {
    log(`${file} is not used: ${why}.`);
    return null;
  };
  let written = { content: '', at: Number.NEGATIVE_INFINITY };
  let writing: Promise<void> = Promise.resolve();
  let fault: string | null = null;
  return {
    async read(now) {
      const text = await readOwn(file).catch((error: NodeJS.ErrnoException) => error);
      if (text instanceof Error) return text.code === 'ENOENT' ? null : useless(text.message);
      const found = fileSchema.safeParse(parsed(text));
      if (!found.success) return useless('it holds no keys as a worker writes them');
      const { store: whose, readAt, keys } = found.data;
      if (whose !== digest) return useless('it was written for another store');
      const ageMs = now - Date.parse(readAt);
      if (ageMs < 0 || ageMs > countsForMs) return useless(`its keys were read at ${readAt}, more than a day from now`);
      return keys;
    },
    keep(keys, now) {
      const content = JSON.stringify(keys);
      if (content === written.content && now - written.at < againAfterMs) return;
      written = { content, at: now };
      const text = JSON.stringify({ store: digest, readAt: new Date(now).toISOString(), keys }, null, 2);
      writing = writing
        .then(() => writeWhole(file, `${text}\n`, { replace: true }))
        .then(
          () => {
            fault = null;
          },
          ({ code, message }: NodeJS.ErrnoException) => {
            const why = code ?? message;
            if (why !== fault) log(`${file} cannot be written: ${why}.`);
            fault = why;
          },
        );
    },
  };
}

/** Whoever may write to the file could have their own key trusted. */
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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
