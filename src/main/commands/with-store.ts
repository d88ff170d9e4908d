import { readConfig } from '../../config/config.ts';
import type { Store } from '../../store/index.ts';
import { openMigratedStore } from '../open-parts.ts';

/** Works with the store that GANTRY_STORE names, which is open meanwhile. */
export async function withStore<T>(work: (store: Store) => Promise<T>, open = openMigratedStore): Promise<T> {
  const store = await open(readConfig(process.env, ['store']).store);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
