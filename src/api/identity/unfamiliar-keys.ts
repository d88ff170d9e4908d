import { GantryError } from '../../domain/base/errors.ts';
import type { StoredKey } from '../../domain/trust/api-keys.ts';
import type { Store } from '../../store/index.ts';
import { sharedRuns } from '../watch/shared-run.ts';
import { createTurns } from '../watch/turns.ts';

/** At most so many unknown keys are looked up at once: as many of the store's few connections. */
const maxAtOnce = 2;

const queue = {
  max: 200,
  patienceMs: 5_000,
  refusal: () => new GantryError('too-many-waiting', 'Too many unknown keys are asked for at once.'),
};

/**
 * The store, with keys that nobody has seen yet looked up a few at a time: guessing keys takes no connection away that an
 * abort needs. A key that the store has returned once is looked up at once; requests with the same unknown key share one
 * lookup that begins after they came. Throws `too-many-waiting` for those that find no turn.
 */
export function withUnfamiliarKeysApart(store: Store): Store {
  const familiar = new Set<string>();
  const inTurn = createTurns(maxAtOnce, queue);
  const shared = sharedRuns<StoredKey | null>();
  const find = async (id: string) => {
    const key = await store.key(id);
    if (key) familiar.add(id);
    return key;
  };
  const apart: Pick<Store, 'key' | 'keys'> = {
    key: (id) => (familiar.has(id) ? find(id) : shared(id, () => inTurn(() => find(id)))),
    async keys(subjects) {
      const keys = await store.keys(subjects);
      for (const { id } of keys) familiar.add(id);
      return keys;
    },
  };
  return Object.assign(Object.create(store) as Store, apart);
}
