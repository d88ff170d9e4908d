import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockFolder } from '../../src/system/folder-lock.ts';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'gantry-tests');
/** Far more than the slowest thing takes to make on a busy machine. */
const waitMs = 170_000;
const keptMs = 24 * 60 * 60_000;

/**
 * The folder that `make` fills, made once for whoever asks with the same name and key, in this process and in others, now
 * and in later runs. Nobody may change it. What a day went by without is removed.
 */
export async function madeOnce(name: string, key: string, make: (into: string) => Promise<void>): Promise<string> {
  const home = join(cache, name);
  const made = join(home, key);
  if (await isUsed(made)) return made;
  await mkdir(home, { recursive: true });
  const lock = await lockFolder(home, { waitMs });
  if (!lock) throw new Error(`${home} is being made by another process that does not end`);
  try {
    // Whoever held the lock before us may have made it.
    if (await isUsed(made)) return made;
    await removeOld(home);
    const into = await mkdtemp(join(home, 'making-'));
    await make(into);
    await rename(into, made);
    return made;
  } finally {
    lock.release();
  }
}

/** A digest of the names and contents of files: these, and all that lie in these folders. Paths are relative to `base`. */
export async function digestOfFiles(paths: readonly string[], base = root): Promise<string> {
  const hash = createHash('sha256').update(process.versions.node);
  for (const path of paths) {
    for (const file of await filesIn(join(base, path))) {
      const content = createHash('sha256').update(await readFile(file));
      hash.update(`\0${relative(base, file)}\0`).update(content.digest());
    }
  }
  return hash.digest('hex').slice(0, 32);
}

async function filesIn(path: string): Promise<readonly string[]> {
  if ((await stat(path)).isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function isUsed(made: string): Promise<boolean> {
  const now = new Date();
  return utimes(made, now, now).then(
    () => true,
    () => false,
  );
}

/** We hold the lock, so what is half made belongs to a process that was killed. */
async function removeOld(home: string): Promise<void> {
  for (const entry of await readdir(home, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(home, entry.name);
    const isOld = Date.now() - (await stat(path)).mtimeMs > keptMs;
    if (isOld || entry.name.startsWith('making-')) await rm(path, { recursive: true, force: true });
  }
}
