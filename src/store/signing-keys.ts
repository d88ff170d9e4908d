import { type Kysely, sql } from 'kysely';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

/** Public keys that the API signs with, which deployments need them, and alerts about attempts without them. */
export function signingKeyQueries(
  db: Kysely<Tables>,
): Pick<Store, 'trustKey' | 'trustedKeys' | 'retireKey' | 'bearersOfKey' | 'addAlert' | 'alerts'> {
  return {
    async trustKey(id, publicKey) {
      await db
        .insertInto('signingKeys')
        .values({ id, publicKey })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
      const { retiredAt } = await db
        .selectFrom('signingKeys')
        .select('retiredAt')
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      return retiredAt === null;
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

    async bearersOfKey(id) {
      const holder = sql<string>`targets.lock::json ->> 'deployment'`;
      const isSealedWith = sql<boolean>`plans.seals::json ->> 'key' = ${id}`;
      const [open, holders] = await Promise.all([
        db
          .selectFrom('deployments')
          .innerJoin('plans', 'plans.digest', 'deployments.planDigest')
          .select('deployments.id')
          .where('deployments.outcome', 'is', null)
          .where(isSealedWith)
          .orderBy('deployments.requestedAt')
          .orderBy('deployments.number')
          .execute(),
        db
          .selectFrom('targets')
          .leftJoin('deployments', (join) => join.on('deployments.id', '=', holder))
          .leftJoin('plans', 'plans.digest', 'deployments.planDigest')
          .select(holder.as('id'))
          .where('targets.lock', 'is not', null)
          // A repair that was just planned has no row yet: its seals may be of any key.
          .where((row) => row.or([row('deployments.id', 'is', null), isSealedWith]))
          .orderBy('deployments.requestedAt')
          .execute(),
      ]);
      return [...new Set([...holders, ...open].map((one) => one.id))];
    },

    async addAlert({ at, target, code, detail, worker }) {
      await sql`
        insert into alerts (at, target, code, detail, worker)
        select ${at}, ${target}, ${code}, ${detail}, ${worker}
        where not exists (
          select from alerts
          where at = ${at} and target = ${target} and code = ${code} and detail = ${detail} and worker = ${worker}
        )`.execute(db);
    },

    alerts: (limit) =>
      db
        .selectFrom('alerts')
        .select(['at', 'target', 'code', 'detail', 'worker'])
        .orderBy('at', 'desc')
        .orderBy('number', 'desc')
        .limit(limit)
        .execute(),
  };
}
