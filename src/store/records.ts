import { type Kysely, sql } from 'kysely';
import { GantryError } from '../domain/base/errors.ts';
import type { Tables } from './schema.ts';
import type { StoredRecord } from './stored.ts';

export function recordQueries(db: Kysely<Tables>) {
  /** The path that the deployment has then: `path` unless another deployment has that, or it had one before. */
  async function pathAfterClaim(deployment: string, path: string): Promise<string | undefined> {
    await db
      .insertInto('recordPaths')
      .values({ deployment, path })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const row = await db
      .selectFrom('recordPaths')
      .select('path')
      .where('deployment', '=', deployment)
      .executeTakeFirst();
    return row?.path;
  }

  async function record(deployment: string) {
    const row = await db
      .selectFrom('records')
      .select(['deployment', 'state', 'lastSeq', 'digest', 'markdown', 'document'])
      .where('deployment', '=', deployment)
      .executeTakeFirst();
    return row ?? null;
  }

  return {
    /** The file name of a deployment's record: `preferred`, or `fallback` where that belongs to another. Chosen once. */
    async claimRecordPath(deployment: string, preferred: string, fallback: string): Promise<string> {
      const path = (await pathAfterClaim(deployment, preferred)) ?? (await pathAfterClaim(deployment, fallback));
      if (path === undefined)
        throw new GantryError('internal', `Both names for the record of ${deployment} belong to others.`);
      return path;
    },

    /**
     * Keeps the newest: a final one is never replaced by a draft, and of two that cover the same the first one
     * stays. Answers the one that is kept.
     */
    async saveRecord(given: StoredRecord): Promise<StoredRecord> {
      const { deployment, ...content } = given;
      const saved = await db
        .insertInto('records')
        .values(given)
        .onConflict((conflict) =>
          conflict
            .column('deployment')
            .doUpdateSet(content)
            .where(
              sql<boolean>`(records.state = 'final', records.last_seq) < (excluded.state = 'final', excluded.last_seq)`,
            ),
        )
        .returning('deployment')
        .executeTakeFirst();
      return saved ? given : ((await record(deployment)) ?? given);
    },

    record,
  };
}
