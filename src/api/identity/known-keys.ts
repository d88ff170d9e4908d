import { hasCode } from '../../domain/base/errors.ts';
import type { StoredKey } from '../../domain/trust/api-keys.ts';
import type { Store } from '../../store/index.ts';

/** How long after the store last confirmed a key it counts while the store does not answer, in milliseconds. */
export const countsForMs = 15 * 60_000;

/** Where a known key is enough, the store is waited for no longer than this, in milliseconds. */
const patienceMs = 500;

/** How often all keys are read, in milliseconds: an abort may be a caller's first request for weeks. */
const readAgainMs = 60_000;

/** A key, and when the store last confirmed it (ISO 8601) if it does not answer now; null: it does. */
export interface KnownKey extends StoredKey {
  readonly verifiedAt: string | null;
}

/**
 * Asks the store for each key anew, so that a revocation counts at once, and keeps the answers. A revocation once seen is
 * never forgotten, whatever an older copy of the store returns later. `now` in milliseconds since the epoch.
 */
export function createKnownKeys(store: Pick<Store, 'key' | 'keys'>, now: () => number) {
  const known = new Map<string, { readonly key: StoredKey; readonly at: number }>();
  const revoked = new Map<string, string>();

  const take = (key: StoredKey, at: number): StoredKey => {
    if (key.revokedAt !== null) revoked.set(key.id, key.revokedAt);
    const taken = { ...key, revokedAt: revoked.get(key.id) ?? null };
    // An answer is as old as its question: a late one does not replace a newer one.
    if ((known.get(key.id)?.at ?? Number.NEGATIVE_INFINITY) <= at) known.set(key.id, { key: taken, at });
    return taken;
  };
  const readAll = async () => {
    const at = now();
    const keys = await store.keys(null);
    for (const key of keys) take(key, at);
    // Keys that the store has no more, such as sessions that ended, are not kept for ever.
    for (const [id, { at: confirmedAt }] of known)
      if (confirmedAt < at && now() - confirmedAt > countsForMs) known.delete(id);
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
    /**
     * A key by its id; null where there is none. `mayBeKnown`: one confirmed in the last 15 minutes is enough while the store
     * does not answer. Throws `store-unavailable`.
     */
    async find(id: string, mayBeKnown: boolean): Promise<KnownKey | null> {
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
