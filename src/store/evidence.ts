import { type Kysely, sql } from 'kysely';
import { canonicalJson } from '../domain/base/canonical-json.ts';
import type { EvidenceRow, RefusedEvidence, Submission } from '../domain/evidence/evidence.ts';
import { evidenceRoom, type FullStage } from '../domain/evidence/room.ts';
import type { Statement } from '../domain/evidence/statement.ts';
import type { Tables } from './schema.ts';

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

/** Of 256 KiB each: a store in this very process answers without a pause, and nothing else runs meanwhile. */
const rowsAtOnce = 40;
/** So many refusals are kept of one artifact. */
const refusalsKept = 20;

export function evidenceQueries(db: Kysely<Tables>) {
  return {
    /**
     * All of them or none: answers what has no room (`evidence/room.ts`). A statement that is there already (same digest)
     * stays as it is and needs none; who else submitted it is kept beside it.
     */
    async addEvidence(
      rows: readonly { readonly row: EvidenceRow; readonly statement: Statement }[],
    ): Promise<readonly FullStage[]> {
      if (rows.length === 0) return [];
      const given = sql.join(
        rows.map(({ row, statement }, i) => {
          const { digest, artifactDigest, stage, result, startedOn, finishedOn, url, envelope = null } = row;
          const text = canonicalJson(statement);
          return sql`(${i}::int, ${digest}, ${artifactDigest}, ${stage}, ${result}, ${startedOn}, ${finishedOn}, ${url}::text,
            ${row.submittedBy}, ${row.submittedAt}, ${envelope}::text, ${text})`;
        }),
      );
      const { statements, bytes } = evidenceRoom;
      // Two requests with the same rows wait for each other: always in one order, so that they never deadlock.
      const { rows: full } = await sql<FullStage>`
        with given (nth, digest, artifact_digest, stage, result, started_on, finished_on, url, submitted_by, submitted_at,
            envelope, statement) as (values ${given}),
          filed as (
            select digest, artifact_digest from evidence where artifact_digest in (select artifact_digest from given)
            union
            select digest, artifact_digest from evidence_submissions
            where artifact_digest in (select artifact_digest from given)),
          kept as (
            select f.artifact_digest, e.stage, e.envelope is not null as signed,
              octet_length(e.statement) + coalesce(octet_length(e.envelope), 0) as bytes
            from filed f join evidence e using (digest)),
          fresh as (
            select distinct on (digest, artifact_digest) artifact_digest, stage, envelope is not null as signed,
              result = 'PASSED' as passed, octet_length(statement) + coalesce(octet_length(envelope), 0) as bytes
            from given g
            where not exists (select from filed f where f.digest = g.digest and f.artifact_digest = g.artifact_digest)),
          room as (
            select f.artifact_digest, f.stage, f.signed, bool_or(f.passed) as passed, count(*) as more, sum(f.bytes) as more_bytes
            from fresh f group by f.artifact_digest, f.stage, f.signed),
          over as (
            select r.artifact_digest, r.stage
            from room r left join kept k using (artifact_digest, stage, signed)
            group by r.artifact_digest, r.stage, r.signed, r.passed, r.more, r.more_bytes
            having count(k.artifact_digest) + r.more
                > case when r.passed then ${statements.ofThem.passed}::int else ${statements.all}::int end
              or coalesce(sum(k.bytes), 0) + r.more_bytes
                > case when r.passed then ${bytes.ofThem.passed}::int else ${bytes.all}::int end),
          added as (
            insert into evidence (digest, artifact_digest, stage, result, started_on, finished_on, url, submitted_by,
              submitted_at, envelope, statement)
            select digest, artifact_digest, stage, result, started_on, finished_on, url, submitted_by, submitted_at,
              envelope, statement
            from given where not exists (select from over) order by digest, nth
            on conflict (digest) do nothing),
          submitted as (
            insert into evidence_submissions (digest, artifact_digest, submitted_by, submitted_at)
            select digest, artifact_digest, submitted_by, submitted_at
            from given where not exists (select from over) order by digest, artifact_digest, submitted_by, nth
            on conflict (digest, artifact_digest, submitted_by) do nothing)
        select distinct artifact_digest, stage from over`.execute(db);
      return full;
    },

    /** The latest to arrive comes first: of two that are alike otherwise, that one counts. */
    async evidenceOf(artifactDigest: string): Promise<readonly EvidenceRow[]> {
      const submissions = await db
        .selectFrom('evidenceSubmissions')
        .select(['digest', 'submittedBy', 'submittedAt'])
        .where('artifactDigest', '=', artifactDigest)
        .orderBy('arrived')
        .execute();
      const ofArtifact = db
        .selectFrom('evidence')
        .select([...columns, 'arrived'])
        .select(sql<string | null>`case when envelope is null then statement end`.as('statement'))
        .where(sql<boolean>`(artifact_digest = ${artifactDigest} or digest in (
          select digest from evidence_submissions where artifact_digest = ${artifactDigest}))`)
        .orderBy('arrived', 'desc')
        .limit(rowsAtOnce);
      const rows: EvidenceRow[] = [];
      for (let page = ofArtifact; ; ) {
        const some = await page.execute();
        for (const { arrived, ...row } of some) {
          rows.push(row);
          page = ofArtifact.where('arrived', '<', arrived);
        }
        if (some.length < rowsAtOnce) break;
      }
      return rows.map((row) => {
        const own = submissions.filter(({ digest }) => digest === row.digest);
        return filedUnder(artifactDigest, row, own);
      });
    },

    /** Keeps what was refused, the very same once; of each artifact only the newest 20. */
    async refuseEvidence(refused: readonly RefusedEvidence[]): Promise<void> {
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
        await sql`
          delete from refused_evidence
          where artifact_digest = ${artifactDigest} and arrived in (
            select arrived from refused_evidence where artifact_digest = ${artifactDigest}
            order by at desc, arrived desc offset ${sql.lit(refusalsKept)}
          )`.execute(db);
    },

    /** The newest first. */
    refusedEvidenceOf: (artifactDigest: string): Promise<readonly RefusedEvidence[]> =>
      db
        .selectFrom('refusedEvidence')
        .select(refusedColumns)
        .where('artifactDigest', '=', artifactDigest)
        .orderBy('at', 'desc')
        .orderBy('arrived', 'desc')
        .execute(),
  };
}

/** A row as it is filed under an artifact, with all who submitted it for that artifact. */
function filedUnder(artifactDigest: string, row: EvidenceRow, submissions: readonly Submission[]): EvidenceRow {
  const own = row.artifactDigest === artifactDigest ? [row, ...submissions] : submissions;
  const [first = row, ...others] = own.map(({ submittedBy, submittedAt }) => ({ submittedBy, submittedAt }));
  const alsoBy = others.filter(({ submittedBy }) => submittedBy !== first.submittedBy);
  return {
    ...row,
    ...first,
    artifactDigest,
    ...(alsoBy.length === 0 ? {} : { alsoBy }),
  };
}
