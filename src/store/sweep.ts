import { type Kysely, type RawBuilder, sql } from 'kysely';
import { retentionMs, type Swept } from '../domain/base/retention.ts';
import { ago } from './clock.ts';
import type { Tables } from './schema.ts';
import { checkSchema } from './schema-versions.ts';

/** How often one of the processes that ask sweeps. */
const everyMs = 60 * 60 * 1_000;
/** Rows of one statement, and statements of one kind in a sweep: what is left is for the next. */
const batch = 200;
const maxBatches = 100;

/**
 * Removes what is past its time, in small statements of their own. Ages are taken by the database's clock, and evaluated by
 * the statement that removes: what is used again meanwhile stays.
 */
export function sweepQueries(db: Kysely<Tables>) {
  return {
    /**
     * Removes what is past its time and named by nothing, and answers how many of each. Null where that was done within
     * the last hour, or where a newer build has to do it.
     */
    async sweep(): Promise<Swept | null> {
      // Tables of a newer schema may name rows that this build takes for unused.
      if ((await checkSchema(db)).isNewer || !(await isOurTurn(db))) return null;
      const swept = { sessions: 0, claims: 0, plans: 0, outputs: 0, alerts: 0 };
      for (const kind of Object.keys(swept) as (keyof Swept)[])
        for (let each = 0; each < maxBatches; each += 1) {
          const { rows } = await sql<{ seen: number; gone: number }>`${statements[kind]}`.execute(db);
          const { seen = 0, gone = 0 } = rows[0] ?? {};
          swept[kind] += gone;
          if (seen < batch) break;
        }
      return swept;
    },
  };
}

async function isOurTurn(db: Kysely<Tables>): Promise<boolean> {
  const { rows } = await sql`
    insert into chores (name, begun_at) values ('sweep', clock_timestamp())
    on conflict (name) do update set begun_at = excluded.begun_at where chores.begun_at < ${ago(everyMs)}
    returning name`.execute(db);
  return rows.length > 0;
}

/** One statement each, which answers how many rows it has looked at and how many it has removed. */
const statements: Readonly<Record<keyof Swept, RawBuilder<unknown>>> = {
  sessions: removing(
    sql`api_keys`,
    sql`id`,
    sql`kind = 'session' and expires_at < ${isoTime(ago(retentionMs.sessions))}`,
  ),
  // One that was given back was claimed at no time that means anything.
  claims: removing(
    sql`idempotency`,
    sql`subject, key`,
    sql`made_at < ${ago(retentionMs.claims)} and claimed_at < ${ago(retentionMs.claims)}`,
  ),
  plans: removing(
    sql`plans`,
    sql`digest`,
    sql`saved_at < ${ago(retentionMs.plans)}
      and not exists (select from deployments where plan_digest = plans.digest)
      and not exists (select from rehearsals where plan_digest = plans.digest)`,
  ),
  // Once named, named for good: that one is not looked at again. One that is another deployment's, too, has no owner.
  outputs: sql`
    with old as (
      select digest, deployment, exists (
        select from journal where journal.deployment = outputs.deployment and position(outputs.digest in entry) > 0
      ) as is_named
      from outputs
      where saved_at < ${ago(retentionMs.outputs)} and deployment is not null
        and exists (select from deployments where id = outputs.deployment and outcome is not null)
      order by saved_at limit ${batch}
    ), kept as (
      update outputs set deployment = null from old where outputs.digest = old.digest and old.is_named
    ), gone as (
      delete from outputs using old
      where outputs.digest = old.digest and not old.is_named and outputs.deployment = old.deployment
        and outputs.saved_at < ${ago(retentionMs.outputs)}
      returning 1
    )
    select (select count(*)::integer from old) as seen, (select count(*)::integer from gone) as gone`,
  alerts: removing(sql`alerts`, sql`number`, sql`at collate "C" < ${isoTime(ago(retentionMs.alerts))}`),
};

function removing(table: RawBuilder<unknown>, key: RawBuilder<unknown>, isPast: RawBuilder<unknown>) {
  return sql`
    with gone as (
      delete from ${table} where (${key}) in (select ${key} from ${table} where ${isPast} limit ${batch}) and ${isPast}
      returning 1
    )
    select count(*)::integer as seen, count(*)::integer as gone from gone`;
}

/** As Gantry writes times, which sort as texts. */
function isoTime(time: RawBuilder<Date>) {
  return sql`to_char((${time}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
