import { GantryError } from '../../domain/base/errors.ts';
import type { StoredKey } from '../../domain/trust/api-keys.ts';
import type { Store } from '../../store/store.ts';
import { sharedRun } from '../watch/shared-run.ts';

/** So many keys that the store has not told of before are asked for at once: of its few connections, as many. */
const maxAtOnce = 2;

/** So many more wait for their turn, for so long, in milliseconds. */
const maxWaiting = 200;
const patienceMs = 5_000;

/**
 * The store, with keys that nobody has seen yet asked for a few at a time: whoever guesses keys takes no connection away that
 * an abort needs. Once the store has told of a key, it is asked at once; whoever comes with the same one meanwhile shares
 * the answer to a question that begins after that. Throws `too-many-waiting` for those that find no turn.
 */
export function withUnfamiliarKeysApart(store: Store): Store {
  const familiar = new Set<string>();
  const turns = createTurns();
  const ask = async (id: string): Promise<StoredKey | null> => {
    const key = await store.key(id);
    if (key) familiar.add(id);
    return key;
  };
  const asking = new Map<string, () => Promise<StoredKey | null>>();
  const askApart = (id: string): Promise<StoredKey | null> => {
    const known = asking.get(id);
    if (known) return known();
    const run = sharedRun(() => turns.take(() => ask(id)));
    asking.set(id, run);
    return run().finally(() => asking.delete(id));
  };
  const apart: Pick<Store, 'key' | 'keys'> = {
    key: (id) => (familiar.has(id) ? ask(id) : askApart(id)),
    async keys(subjects) {
      const keys = await store.keys(subjects);
      for (const { id } of keys) familiar.add(id);
      return keys;
    },
  };
  return Object.assign(Object.create(store) as Store, apart);
}

function createTurns() {
  let underWay = 0;
  const waiting = new Set<() => void>();
  const turn = async (): Promise<void> => {
    if (underWay < maxAtOnce) {
      underWay += 1;
      return;
    }
    const tooMany = () => new GantryError('too-many-waiting', 'Too many unknown keys are asked for at once.');
    if (waiting.size >= maxWaiting) throw tooMany();
    await new Promise<void>((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(begin);
        reject(tooMany());
      }, patienceMs);
      waiting.add(begin);
    });
  };
  const pass = () => {
    const [next] = waiting;
    if (!next) {
      underWay -= 1;
      return;
    }
    waiting.delete(next);
    next();
  };
  return {
    async take<T>(work: () => Promise<T>): Promise<T> {
      await turn();
      return work().finally(pass);
    },
  };
}
