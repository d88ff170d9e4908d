import { type Kysely, sql } from 'kysely';
import { databaseNow } from './clock.ts';
import type { Tables } from './schema.ts';

/** Output of commands, as bytes: it may hold anything, NUL too, which text columns refuse. */
export function outputQueries(db: Kysely<Tables>) {
  return {
    /** What a command of a deployment printed. It stays as long as that runs, and for good where its journal names it. */
    async saveOutput(digest: string, text: string, deployment: string): Promise<void> {
      await db
        .insertInto('outputs')
        .values({ digest, content: Buffer.from(text, 'utf8'), savedAt: databaseNow, deployment })
        .onConflict((conflict) =>
          conflict.column('digest').doUpdateSet({
            savedAt: databaseNow,
            // What two deployments have printed belongs to neither alone, and is kept.
            deployment: sql<
              string | null
            >`case when outputs.deployment = excluded.deployment then outputs.deployment end`,
          }),
        )
        .execute();
    },

    async output(digest: string): Promise<string | null> {
      const row = await db.selectFrom('outputs').select('content').where('digest', '=', digest).executeTakeFirst();
      return row ? Buffer.from(row.content).toString('utf8') : null;
    },
  };
}
