import { randomBytes } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';

/**
 * Writes a file, by default one that only its owner reads, whole or not at all: what a full disk or a kill leaves of it stands beside it, and
 * is taken away where that can be. Throws as the file system does, `EEXIST` where the file is there and is not replaced.
 */
export async function writeWhole(file: string, text: string, { replace = false, mode = 0o600 } = {}): Promise<void> {
  const aside = `${file}.${randomBytes(6).toString('hex')}.new`;
  try {
    const handle = await open(aside, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // A link takes the place of nothing.
    await (replace ? rename : link)(aside, file);
  } finally {
    await rm(aside, { force: true });
  }
}
