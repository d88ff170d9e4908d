import type { Kysely } from 'kysely';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { Plan } from '../domain/plan.ts';
import type { Seals } from '../domain/trust/seal.ts';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

/** Plans in their canonical form, whose SHA-256 is the digest they lie under. */
export function planQueries(db: Kysely<Tables>): Pick<Store, 'savePlan' | 'plan' | 'sealsOf'> {
  return {
    async savePlan(digest, plan, seals) {
      const sealed = seals && canonicalJson(seals);
      await db
        .insertInto('plans')
        .values({ digest, document: canonicalJson(plan), seals: sealed })
        .onConflict((conflict) =>
          sealed === null
            ? conflict.column('digest').doNothing()
            : conflict.column('digest').doUpdateSet({ seals: sealed }).where('plans.seals', 'is', null),
        )
        .execute();
    },

    async sealsOf(digest) {
      const row = await db.selectFrom('plans').select('seals').where('digest', '=', digest).executeTakeFirst();
      return row?.seals == null ? null : (JSON.parse(row.seals) as Seals);
    },

    async plan(digest) {
      const row = await db.selectFrom('plans').select('document').where('digest', '=', digest).executeTakeFirst();
      return row ? (JSON.parse(row.document) as Plan) : null;
    },
  };
}
