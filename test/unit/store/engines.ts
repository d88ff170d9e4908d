import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { openStore, type Store, type StoreOptions } from '../../../src/store/index.ts';
import { migrateToNext } from '../../support/next-schema.ts';
import { startPostgres } from '../../support/postgres.ts';
import { copyMigratedStore } from '../../support/store-template.ts';

/** PostgreSQL on a schema as a next build could leave it: what this build asks of a store works on both. */
export const engines = ['PostgreSQL', 'PGlite'] as const;

export interface StoreInUse {
  /** Migrated; the same one for all tests of a suite. */
  readonly store: Store;
  /** Closes it and opens it again. */
  reopen(options?: StoreOptions): Promise<void>;
}

/** A store for the suite that asks: a real server of its own, or a folder. */
export function useStore(engine: (typeof engines)[number]): StoreInUse {
  let address = '';
  let store: Store | undefined;
  let remove = () => Promise.resolve();
  const current = () => {
    if (!store) throw new Error('the store is not open');
    return store;
  };

  beforeAll(async () => {
    if (engine === 'PostgreSQL') {
      const server = await startPostgres();
      remove = () => server.remove();
      address = await server.newDatabase();
    } else {
      const folder = await mkdtemp(join(tmpdir(), 'gantry-store-'));
      remove = () => rm(folder, { recursive: true });
      address = `pglite:${join(folder, 'store')}`;
      await copyMigratedStore(join(folder, 'store'));
    }
    store = await openStore(address);
    if (engine !== 'PostgreSQL') return;
    await store.migrate();
    await migrateToNext(address);
  });

  afterAll(async () => {
    await store?.close();
    await remove();
  });

  return {
    get store() {
      return current();
    },
    async reopen(options) {
      await current().close();
      store = await openStore(address, options);
    },
  };
}
