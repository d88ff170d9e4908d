import { type Kysely, sql } from 'kysely';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

/** Claims of (subject, Idempotency-Key). Ages are taken by the database's clock: processes' clocks differ. */
export function idempotencyQueries(
  db: Kysely<Tables>,
  staleClaimMs: number,
): Pick<Store, 'claim' | 'complete' | 'release' | 'giveBack'> {
  // One statement each, so that of many at once one wins.

  async function isFirst(subject: string, key: string, bodyDigest: string): Promise<boolean> {
    const made = await db
      .insertInto('idempotency')
      .values({ subject, key, bodyDigest })
      .onConflict((conflict) => conflict.columns(['subject', 'key']).doNothing())
      .returning('key')
      .executeTakeFirst();
    return made !== undefined;
  }

  /** Whoever had the key is gone, or has given it back. */
  async function isTakenOver(subject: string, key: string, bodyDigest: string): Promise<boolean> {
    const taken = await db
      .updateTable('idempotency')
      .set({ claimedAt: sql<Date>`clock_timestamp()` })
      .where('subject', '=', subject)
      .where('key', '=', key)
      .where('deployment', 'is', null)
      .where('bodyDigest', '=', bodyDigest)
      .where('claimedAt', '<', ago(staleClaimMs))
      .returning('key')
      .executeTakeFirst();
    return taken !== undefined;
  }

  return {
    async claim(subject, key, bodyDigest) {
      for (;;) {
        if (await isFirst(subject, key, bodyDigest)) return { kind: 'claimed', isFirst: true };
        if (await isTakenOver(subject, key, bodyDigest)) return { kind: 'claimed', isFirst: false };
        const row = await db
          .selectFrom('idempotency')
          .select(['bodyDigest', 'deployment'])
          .where('subject', '=', subject)
          .where('key', '=', key)
          .executeTakeFirst();
        if (!row) continue; // released between the statements
        if (row.bodyDigest !== bodyDigest) return { kind: 'other-body' };
        return row.deployment === null ? { kind: 'in-progress' } : { kind: 'completed', deployment: row.deployment };
      }
    },

    async complete(subject, key, deployment) {
      await db
        .updateTable('idempotency')
        .set({ deployment })
        .where('subject', '=', subject)
        .where('key', '=', key)
        .where('deployment', 'is', null)
        .execute();
    },

    async giveBack(subject, key) {
      await db
        .updateTable('idempotency')
        .set({ claimedAt: new Date(0) })
        .where('subject', '=', subject)
        .where('key', '=', key)
        .where('deployment', 'is', null)
        .execute();
    },

    async release(subject, key) {
      await db
        .deleteFrom('idempotency')
        .where('subject', '=', subject)
        .where('key', '=', key)
        .where('deployment', 'is', null)
        .execute();
    },
  };
}

const rememberedMs = 30 * 24 * 60 * 60 * 1000;

/** Removes answered claims that are older than 30 days; at least 7 are promised. */
export async function forgetOldClaims(db: Kysely<Tables>): Promise<void> {
  await db
    .deleteFrom('idempotency')
    .where('deployment', 'is not', null)
    .where('claimedAt', '<', ago(rememberedMs))
    .execute();
}

function ago(ms: number) {
  return sql<Date>`clock_timestamp() - make_interval(secs => ${ms / 1000})`;
}
