import { type Kysely, sql } from 'kysely';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

export function tokenQueries(db: Kysely<Tables>): Pick<Store, 'addToken' | 'revokeTokens' | 'subjectOfToken'> {
  return {
    /** A token that is known already stays as it is, so a revoked one stays revoked. */
    async addToken(subject, hash) {
      await db
        .insertInto('tokens')
        .values({ subject, hash })
        .onConflict((conflict) => conflict.column('hash').doNothing())
        .execute();
    },

    async revokeTokens(subject) {
      const { numUpdatedRows } = await db
        .updateTable('tokens')
        .set({ revokedAt: sql`clock_timestamp()` })
        .where('subject', '=', subject)
        .where('revokedAt', 'is', null)
        .executeTakeFirst();
      return Number(numUpdatedRows);
    },

    async subjectOfToken(hash) {
      const row = await db
        .selectFrom('tokens')
        .select('subject')
        .where('hash', '=', hash)
        .where('revokedAt', 'is', null)
        .executeTakeFirst();
      return row?.subject ?? null;
    },
  };
}
