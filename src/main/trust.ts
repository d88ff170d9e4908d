import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '../store/index.ts';

/** A key that was retired counts for at most so long, in milliseconds. */
const freshMs = 5_000;
/** A way back does not wait longer for a store that says nothing, in milliseconds. */
const patienceMs = 500;

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
    const isKnown = known.has(id);
    if (isKnown && Date.now() - readAt <= freshMs) return known.get(id) ?? null;
    const read = refresh();
    if (!isKnown) await read;
    // What was known counts on while the store says nothing for so long.
    else await Promise.race([read.catch(() => undefined), delay(patienceMs, undefined, { ref: false })]);
    return known.get(id) ?? null;
  };
}
