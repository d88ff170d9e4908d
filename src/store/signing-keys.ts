import { type Kysely, sql } from 'kysely';
import { databaseNow } from './clock.ts';
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
        .set({ retiredAt: databaseNow })
        .where('id', '=', id)
        .where('retiredAt', 'is', null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async bearersOfKey(id) {
      const holder = sql`targets.lock::json ->> 'deployment'`;
      const isSealedWith = sql`plans.seals::json ->> 'key' = ${id}`;
      // A repair that was just planned has no row yet: its seals may be of any key.
      const holders = sql<{ id: string }>`
        select ${holder} as id from targets
        left join deployments on deployments.id = ${holder}
        left join plans on plans.digest = deployments.plan_digest
        where targets.lock is not null and (deployments.id is null or ${isSealedWith})
        order by deployments.requested_at`;
      const open = sql<{ id: string }>`
        select deployments.id from deployments
        join plans on plans.digest = deployments.plan_digest
        where deployments.outcome is null and ${isSealedWith}
        order by deployments.requested_at, deployments.number`;
      const found = await Promise.all([holders.execute(db), open.execute(db)]);
      return [...new Set(found.flatMap(({ rows }) => rows.map((one) => one.id)))];
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
