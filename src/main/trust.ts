import type { Store } from '../store/index.ts';

/** A key that was retired counts for at most so long, in milliseconds. */
const freshMs = 5_000;

/**
 * Public keys of the API as the store has them. While it gives no answer what was known counts on, since a way back must
 * not wait for it.
 */
export function createTrust(store: Pick<Store, 'trustedKeys'>): (id: string) => Promise<string | null> {
  let known: ReadonlyMap<string, string> = new Map();
  let readAt = Number.NEGATIVE_INFINITY;
  const refresh = async () => {
    const keys = await store.trustedKeys();
    known = new Map(keys.map(({ id, publicKey }) => [id, publicKey]));
    readAt = Date.now();
  };
  return async (id) => {
    if (known.has(id)) {
      // Nobody waits for what only might have changed.
      if (Date.now() - readAt > freshMs) void refresh().catch(() => undefined);
      return known.get(id) ?? null;
    }
    await refresh();
    return known.get(id) ?? null;
  };
}
