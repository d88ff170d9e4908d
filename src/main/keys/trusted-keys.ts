import type { Store } from '../../store/index.ts';
import { orAfter } from '../../system/time-limit.ts';

/** A key that was retired counts for at most so long, in milliseconds. */
const freshMs = 5_000;

/** A way back does not wait longer for a store that gives no answer, in milliseconds. */
const patienceMs = 500;

/** Nor than this, where it gave none before. */
const silentMs = 50;

export type TrustedKeys = Awaited<ReturnType<Store['trustedKeys']>>;

export interface TrustOptions {
  /** What was known before this process began. */
  readonly remembered?: TrustedKeys | null;
  /** Takes what the store answers. */
  readonly keep?: (keys: TrustedKeys) => void;
}

export type Trust = ReturnType<typeof createTrust>;

/**
 * The keys of the API that the store trusts, read at once: the first way back may begin while the store is away. While it
 * gives no answer the known keys remain trusted, since a way back must not wait for it.
 */
export function createTrust(store: Pick<Store, 'trustedKeys'>, { remembered = null, keep }: TrustOptions = {}) {
  let known = byId(remembered ?? []);
  let readAt = Number.NEGATIVE_INFINITY;
  let asked = 0;
  let answered = 0;
  /** It gave no answer in time, and has given none since. */
  let isSilent = false;
  const refresh = async () => {
    asked += 1;
    const turn = asked;
    // An answer is as old as its question: the store may take longer for it than a retired key may count.
    const at = Date.now();
    const keys = await store.trustedKeys();
    // One that comes after the answer to a later question would bring back what was retired between them.
    if (turn < answered) return;
    answered = turn;
    isSilent = false;
    known = byId(keys);
    readAt = at;
    keep?.(keys);
  };
  const first = answers(refresh());
  return {
    /** Asks the store anew. Throws `store-unavailable`. */
    refresh,
    /** A public key (PEM) that the store trusts, by its id; null where there is none. Throws `store-unavailable`. */
    async key(id: string): Promise<string | null> {
      if (answered === 0) await orAfter(patienceMs, first, undefined);
      const isKnown = known.has(id);
      if (isKnown && Date.now() - readAt <= freshMs) return known.get(id) ?? null;
      const read = refresh();
      if (!isKnown) await read;
      // A known key remains trusted while the store gives no answer for so long.
      else {
        isSilent = !(await orAfter(isSilent ? silentMs : patienceMs, answers(read), false));
      }
      return known.get(id) ?? null;
    },
  };
}

function byId(keys: TrustedKeys): ReadonlyMap<string, string> {
  return new Map(keys.map(({ id, publicKey }) => [id, publicKey]));
}

const answers = (read: Promise<void>): Promise<boolean> =>
  read.then(
    () => true,
    () => false,
  );
