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
  let asked = 0;
  let answered = 0;
  const refresh = async () => {
    asked += 1;
    const turn = asked;
    // An answer is as old as its question: the store may take longer for it than a retired key may count.
    const at = Date.now();
    const keys = await store.trustedKeys();
    // One that comes after the answer to a later question would bring back what was retired between them.
    if (turn < answered) return;
    answered = turn;
    known = new Map(keys.map(({ id, publicKey }) => [id, publicKey]));
    readAt = at;
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
