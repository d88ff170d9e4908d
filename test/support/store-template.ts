import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openStore } from '../../src/store/index.ts';
import { digestOfFiles, madeOnce } from './made-once.ts';

/**
 * Makes `folder` an embedded store that is migrated and empty: a copy of one that all suites share, since a new one takes
 * four times as long. The folder must not be there yet.
 */
export async function copyMigratedStore(folder: string): Promise<void> {
  const key = await digestOfFiles(['src/store', 'package-lock.json']);
  const template = await madeOnce('store', key, async (into) => {
    const store = await openStore(`pglite:${into}`);
    try {
      await store.migrate();
    } finally {
      await store.close();
    }
    await rm(join(into, 'lock'));
  });
  await cp(template, folder, { recursive: true, errorOnExist: true, force: false });
}
