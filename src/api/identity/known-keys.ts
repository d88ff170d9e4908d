import { hasCode } from '../../domain/base/errors.ts';
import type { StoredKey } from '../../domain/trust/api-keys.ts';
import type { Store } from '../../store/store.ts';

/** So long after the store was last heard of it, in milliseconds, a key counts while the store says nothing. */
export const countsForMs = 15 * 60_000;

/** Whoever may go by what is known waits no longer for the store than this, in milliseconds. */
const patienceMs = 500;

/** How often all keys are read, in milliseconds: an abort may be the first that somebody sends for weeks. */
const readAgainMs = 60_000;

/** A key, and when the store said so (ISO 8601) where it says nothing now; null: it does. */
export interface KnownKey extends StoredKey {
  readonly verifiedAt: string | null;
}

/** What the store has said of keys, in one API process: see {@link createKnownKeys}. */
export interface KnownKeys {
  /**
   * A key by its id; null where there is none. `mayBeKnown`: what was heard in the last 15 minutes will do while the store
   * says nothing. Throws `store-unavailable`.
   */
  find(id: string, mayBeKnown: boolean): Promise<KnownKey | null>;
  close(): void;
}

/**
 * Asks the store for each key anew, so that a revocation counts at once, and keeps what it has said. A revocation that
 * was seen is never forgotten, whatever an older copy of the store may say later. `now` in milliseconds since the epoch.
 */
export function createKnownKeys(store: Pick<Store, 'key' | 'keys'>, now: () => number): KnownKeys {
  const known = new Map<string, { readonly key: StoredKey; readonly at: number }>();
  const revoked = new Map<string, string>();

  const take = (key: StoredKey, at: number): StoredKey => {
    if (key.revokedAt !== null) revoked.set(key.id, key.revokedAt);
    const taken = { ...key, revokedAt: revoked.get(key.id) ?? null };
    // An answer is as old as its question: one that comes late says nothing newer than what is known.
    if ((known.get(key.id)?.at ?? Number.NEGATIVE_INFINITY) <= at) known.set(key.id, { key: taken, at });
    return taken;
  };
  const readAll = async () => {
    const at = now();
    const keys = await store.keys(null);
    for (const key of keys) take(key, at);
    // What is gone from the store, such as a session that has ended, is not kept for ever.
    for (const [id, { at: heardAt }] of known) if (heardAt < at && now() - heardAt > countsForMs) known.delete(id);
  };
  const ask = async (id: string): Promise<StoredKey | null> => {
    const at = now();
    const key = await store.key(id);
    if (key) return take(key, at);
    known.delete(id);
    return null;
  };
  const ignore = () => undefined;
  const timer = setInterval(() => void readAll().catch(ignore), readAgainMs).unref();
  void readAll().catch(ignore);

  return {
    async find(id, mayBeKnown) {
      const before = known.get(id);
      const isRecent = before !== undefined && now() - before.at <= countsForMs;
      const asking = ask(id).then((key) => key && { ...key, verifiedAt: null });
      if (!mayBeKnown || !isRecent) return asking;
      const { key, at } = before;
      return withinPatience(asking, { ...key, verifiedAt: new Date(at).toISOString() });
    },
    close: () => clearInterval(timer),
  };
}

async function withinPatience(asking: Promise<KnownKey | null>, asBefore: KnownKey): Promise<KnownKey | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<KnownKey>((resolve) => {
    timer = setTimeout(() => resolve(asBefore), patienceMs);
  });
  const asked = asking.catch((error: unknown) => {
    if (hasCode(error, 'store-unavailable')) return asBefore;
    throw error;
  });
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}
