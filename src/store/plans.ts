import type { Kysely } from 'kysely';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { Plan } from '../domain/plan.ts';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

/** Plans in their canonical form, whose SHA-256 is the digest they lie under. */
export function planQueries(db: Kysely<Tables>): Pick<Store, 'savePlan' | 'plan'> {
  return {
    async savePlan(digest, plan) {
      await db
        .insertInto('plans')
        .values({ digest, document: canonicalJson(plan) })
        .onConflict((conflict) => conflict.column('digest').doNothing())
        .execute();
    },

    async plan(digest) {
      const row = await db.selectFrom('plans').select('document').where('digest', '=', digest).executeTakeFirst();
      return row ? (JSON.parse(row.document) as Plan) : null;
    },
  };
}
