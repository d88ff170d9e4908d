import { type Kysely, sql } from 'kysely';
import type { KeptStop, Recovery, RecoveryEnd } from '../domain/target/recovery.ts';
import { freezeOfRecovery } from '../domain/target/recovery-report.ts';
import type { Tables } from './schema.ts';

/** Whether the store was restored and nobody has ended the recovery, and which keys are out of force because of it. */
export function recoveryQueries(db: Kysely<Tables>) {
  return {
    /** The recovery of a store that was restored; null: there is none, or it was ended. */
    async recovery(): Promise<Recovery | null> {
      const row = await db
        .selectFrom('recoveries')
        .select(['id', 'takenAt', 'beganAt', 'why', 'kept'])
        .where('endedAt', 'is', null)
        .orderBy('beganAt', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (!row) return null;
      const { id, takenAt, beganAt, why, kept } = row;
      return { id, takenAt, beganAt, why, kept: JSON.parse(kept) as readonly KeptStop[] };
    },

    /** Begins a recovery: keys are out of force until they are confirmed, sessions end, and a freeze covers everything. */
    beginRecovery: (recovery: Recovery): Promise<void> =>
      db.transaction().execute((all) => beginRecovery(all, recovery)),

    /** Ends the recovery and lifts its freeze. Keys that are not confirmed stay out of force. */
    endRecovery: ({ at, by, reason }: RecoveryEnd): Promise<void> =>
      db.transaction().execute(async (all) => {
        const ended = await all
          .updateTable('recoveries')
          .set({ endedAt: at, endedBy: by, endedReason: reason })
          .where('endedAt', 'is', null)
          .returning('id')
          .execute();
        const ids = ended.map(({ id }) => freezeOfRecovery(id));
        if (ids.length > 0)
          await all
            .updateTable('freezes')
            .set({ liftedAt: at, liftedBy: by, liftedReason: reason })
            .where('id', 'in', ids)
            .where('liftedAt', 'is', null)
            .execute();
      }),

    /** Puts keys in force again, by id or subject, those of the API and those that it signs with. Answers the ids. */
    async confirmKeys(named: readonly string[]): Promise<readonly string[]> {
      const names = sql`any(${sql.val(named)}::text[])`;
      const keys = sql<{ id: string }>`
        update api_keys set unconfirmed_since = null
        where unconfirmed_since is not null and (id = ${names} or subject = ${names}) returning id`;
      const signing = sql<{ id: string }>`
        update signing_keys set unconfirmed_since = null
        where unconfirmed_since is not null and id = ${names} returning id`;
      const confirmed = await Promise.all([keys.execute(db), signing.execute(db)]);
      return confirmed.flatMap(({ rows }) => rows.map(({ id }) => id));
    },

    /** Ids of the API's trusted signing keys that are not confirmed since the store was restored. */
    async unconfirmedSigningKeys(): Promise<readonly string[]> {
      const rows = await db
        .selectFrom('signingKeys')
        .select('id')
        .where('retiredAt', 'is', null)
        .where('unconfirmedSince', 'is not', null)
        .orderBy('createdAt')
        .execute();
      return rows.map(({ id }) => id);
    },
  };
}

/**
 * Marks the store: nothing begins, every key is out of force until a person confirms it, and sessions of browsers are
 * over. Like any other, the freeze keeps deployments that wait for a window waiting.
 */
export async function beginRecovery(db: Kysely<Tables>, recovery: Recovery): Promise<void> {
  const { id, takenAt, beganAt, why, kept } = recovery;
  await db
    .insertInto('recoveries')
    .values({ id, takenAt, beganAt, why, kept: JSON.stringify(kept) })
    .execute();
  await db
    .insertInto('freezes')
    .values({
      id: freezeOfRecovery(id),
      scope: 'everything',
      reason: `${why}; gantry recovery end lets it go`,
      fromAt: beganAt,
      createdAt: beganAt,
      createdBy: 'gantry',
    })
    .execute();
  for (const statement of [
    sql`update api_keys set unconfirmed_since = ${beganAt} where kind = 'key' and unconfirmed_since is null`,
    sql`update api_keys set revoked_at = ${beganAt} where kind = 'session' and revoked_at is null`,
    sql`update signing_keys set unconfirmed_since = ${beganAt} where unconfirmed_since is null`,
  ])
    await statement.execute(db);
}
