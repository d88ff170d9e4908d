import { type Kysely, sql } from 'kysely';
import { databaseNow } from './clock.ts';
import type { Tables } from './schema.ts';
import type { SecurityAlert } from './stored.ts';

/** Public keys that the API signs with, which deployments need them, and alerts about attempts without them. */
export function signingKeyQueries(db: Kysely<Tables>) {
  return {
    /** Trusts a public key (ed25519, hex) of the API from now on. Answers false for one that was retired: it stays so. */
    async trustKey(id: string, publicKey: string): Promise<boolean> {
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

    /** The one that was registered last is the last. */
    trustedKeys: (): Promise<readonly { readonly id: string; readonly publicKey: string }[]> =>
      db
        .selectFrom('signingKeys')
        .select(['id', 'publicKey'])
        .where('retiredAt', 'is', null)
        .orderBy('createdAt')
        .execute(),

    /** Answers whether there was such a key, still trusted. */
    async retireKey(id: string): Promise<boolean> {
      const { numUpdatedRows } = await db
        .updateTable('signingKeys')
        .set({ retiredAt: databaseNow })
        .where('id', '=', id)
        .where('retiredAt', 'is', null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /**
     * Ids of the deployments that still need what a key has sealed: those that have not ended, and those that hold their
     * target's lock, however they ended, since their compensations are outstanding. Those come first.
     */
    async bearersOfKey(id: string): Promise<readonly string[]> {
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

    /** The very same is kept once. */
    async addAlert({ at, target, code, detail, worker }: SecurityAlert): Promise<void> {
      await sql`
        insert into alerts (at, target, code, detail, worker)
        select ${at}, ${target}, ${code}, ${detail}, ${worker}
        where not exists (
          select from alerts
          where at = ${at} and target = ${target} and code = ${code} and detail = ${detail} and worker = ${worker}
        )`.execute(db);
    },

    /** Newest first. */
    alerts: (limit: number): Promise<readonly SecurityAlert[]> =>
      db
        .selectFrom('alerts')
        .select(['at', 'target', 'code', 'detail', 'worker'])
        .orderBy('at', 'desc')
        .orderBy('number', 'desc')
        .limit(limit)
        .execute(),
  };
}
