import { type Kysely, sql } from 'kysely';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

/** Public keys that the API signs with, and what somebody tried without them. */
export function signingKeyQueries(
  db: Kysely<Tables>,
): Pick<Store, 'trustKey' | 'trustedKeys' | 'retireKey' | 'addAlert' | 'alerts'> {
  return {
    async trustKey(id, publicKey) {
      await db
        .insertInto('signingKeys')
        .values({ id, publicKey })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
    },

    trustedKeys: () =>
      db
        .selectFrom('signingKeys')
        .select(['id', 'publicKey'])
        .where('retiredAt', 'is', null)
        .orderBy('createdAt')
        .execute(),

    async retireKey(id) {
      const { numUpdatedRows } = await db
        .updateTable('signingKeys')
        .set({ retiredAt: sql`clock_timestamp()` })
        .where('id', '=', id)
        .where('retiredAt', 'is', null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async addAlert(alert) {
      await db.insertInto('alerts').values(alert).execute();
    },

    alerts: (limit) =>
      db
        .selectFrom('alerts')
        .select(['at', 'target', 'code', 'detail', 'worker'])
        .orderBy('number', 'desc')
        .limit(limit)
        .execute(),
  };
}
