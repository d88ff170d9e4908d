import type { Kysely } from 'kysely';
import { canonicalJson } from '../domain/base/canonical-json.ts';
import { onBehalfOf } from '../domain/plan/person-behind-robot.ts';
import type { Plan } from '../domain/plan/plan.ts';
import type { Seals } from '../domain/trust/seal.ts';
import { databaseNow } from './clock.ts';
import type { Tables } from './schema.ts';

/** Plans in their canonical form, whose SHA-256 is the digest they lie under. */
export function planQueries(db: Kysely<Tables>) {
  return {
    /** A plan that is there already stays as it is; it gets the seals it had none of, and more time. */
    async savePlan(digest: string, plan: Plan, seals: Seals | null): Promise<void> {
      await db
        .insertInto('plans')
        .values({
          digest,
          document: canonicalJson(plan),
          seals: seals && canonicalJson(seals),
          onBehalfOf: onBehalfOf(plan)?.subject ?? null,
        })
        .onConflict((conflict) =>
          conflict.column('digest').doUpdateSet((row) => ({
            seals: row.fn.coalesce('plans.seals', 'excluded.seals'),
            onBehalfOf: row.ref('excluded.onBehalfOf'),
            // Who asks for it is about to name it: it is not to be cleaned away.
            savedAt: databaseNow,
          })),
        )
        .execute();
    },

    /** The API's signatures under a plan; null where it has none. */
    async sealsOf(digest: string): Promise<Seals | null> {
      const row = await db.selectFrom('plans').select('seals').where('digest', '=', digest).executeTakeFirst();
      return row?.seals == null ? null : (JSON.parse(row.seals) as Seals);
    },

    async plan(digest: string): Promise<Plan | null> {
      const row = await db.selectFrom('plans').select('document').where('digest', '=', digest).executeTakeFirst();
      return row ? (JSON.parse(row.document) as Plan) : null;
    },
  };
}
