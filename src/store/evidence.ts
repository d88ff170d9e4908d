import type { Kysely } from 'kysely';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

const columns = [
  'digest',
  'artifactDigest',
  'stage',
  'result',
  'startedOn',
  'finishedOn',
  'url',
  'submittedBy',
  'submittedAt',
] as const;

export function evidenceQueries(db: Kysely<Tables>): Pick<Store, 'addEvidence' | 'evidenceOf'> {
  return {
    async addEvidence(rows) {
      if (rows.length === 0) return;
      await db
        .insertInto('evidence')
        .values(rows.map(({ row, statement }) => ({ ...row, statement: canonicalJson(statement) })))
        .onConflict((conflict) => conflict.column('digest').doNothing())
        .execute();
    },

    /** The latest to arrive comes first: of two that are alike otherwise, that one counts. */
    evidenceOf: (artifactDigest) =>
      db
        .selectFrom('evidence')
        .select(columns)
        .where('artifactDigest', '=', artifactDigest)
        .orderBy('arrived', 'desc')
        .execute(),
  };
}
