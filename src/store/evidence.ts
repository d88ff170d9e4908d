import { type Kysely, sql } from 'kysely';
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
  'envelope',
] as const;
const refusedColumns = ['artifactDigest', 'stage', 'code', 'detail', 'submittedBy', 'at'] as const;

/** So many refusals are kept of one artifact. */
const refusalsKept = 20;

export function evidenceQueries(
  db: Kysely<Tables>,
): Pick<Store, 'addEvidence' | 'evidenceOf' | 'refuseEvidence' | 'refusedEvidenceOf'> {
  return {
    async addEvidence(rows) {
      if (rows.length === 0) return;
      await db
        .insertInto('evidence')
        .values(
          inOrder(rows).map(({ row, statement }) => ({
            ...row,
            envelope: row.envelope ?? null,
            statement: canonicalJson(statement),
          })),
        )
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

    async refuseEvidence(refused) {
      if (refused.length === 0) return;
      // The very same is one that is written again after an answer was lost.
      for (const { artifactDigest, stage, code, detail, submittedBy, at } of refused)
        await sql`
          insert into refused_evidence (artifact_digest, stage, code, detail, submitted_by, at)
          select ${artifactDigest}, ${stage}, ${code}, ${detail}, ${submittedBy}, ${at}
          where not exists (
            select from refused_evidence
            where artifact_digest = ${artifactDigest} and stage is not distinct from ${stage}::text and code = ${code}
              and detail = ${detail} and submitted_by = ${submittedBy} and at = ${at}
          )`.execute(db);
      for (const artifactDigest of new Set(refused.map((one) => one.artifactDigest)))
        await db
          .deleteFrom('refusedEvidence')
          .where('artifactDigest', '=', artifactDigest)
          .where('arrived', 'in', (within) =>
            within
              .selectFrom('refusedEvidence')
              .select('arrived')
              .where('artifactDigest', '=', artifactDigest)
              .orderBy('at', 'desc')
              .orderBy('arrived', 'desc')
              .offset(sql.lit(refusalsKept)),
          )
          .execute();
    },

    refusedEvidenceOf: (artifactDigest) =>
      db
        .selectFrom('refusedEvidence')
        .select(refusedColumns)
        .where('artifactDigest', '=', artifactDigest)
        .orderBy('at', 'desc')
        .orderBy('arrived', 'desc')
        .execute(),
  };
}

/**
 * Two who send the same statements at once wait for each other's rows: in one order, so that never each waits for the
 * other. What is sent together arrives at once, so its order says nothing.
 */
function inOrder<T extends { readonly row: { readonly digest: string } }>(rows: readonly T[]): readonly T[] {
  return [...rows].sort((a, b) => Number(a.row.digest > b.row.digest) - Number(a.row.digest < b.row.digest));
}
