import type { Kysely } from 'kysely';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

/** Output of commands, as bytes: it may hold anything, NUL too, which text columns refuse. */
export function outputQueries(db: Kysely<Tables>): Pick<Store, 'saveOutput' | 'output'> {
  return {
    async saveOutput(digest, text) {
      await db
        .insertInto('outputs')
        .values({ digest, content: Buffer.from(text, 'utf8') })
        .onConflict((conflict) => conflict.column('digest').doNothing())
        .execute();
    },

    async output(digest) {
      const row = await db.selectFrom('outputs').select('content').where('digest', '=', digest).executeTakeFirst();
      return row ? Buffer.from(row.content).toString('utf8') : null;
    },
  };
}
