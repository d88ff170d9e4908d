import { type Kysely, sql } from 'kysely';
import { ago } from './clock.ts';
import type { ProcessKind } from './grants.ts';
import type { KnownProcess, ProcessWord } from './stored.ts';

/** One that has said nothing for so long is forgotten, in milliseconds. */
const keptMs = 24 * 60 * 60 * 1_000;

/** What processes say of themselves while they run. Nothing is decided by it: it is for those who look after Gantry. */
export function processQueries<Any>(db: Kysely<Any>) {
  return {
    /** Keeps what a process says in the place of what it said before, and forgets those of a day ago. */
    async sayPolicy({ kind, name, policyDigest }: ProcessWord): Promise<void> {
      await sql`
        with gone as (delete from processes where said_at < ${ago(keptMs)} and (kind, name) <> (${kind}, ${name}))
        insert into processes (kind, name, policy_digest, said_at)
        values (${kind}, ${name}, ${policyDigest}, clock_timestamp())
        on conflict (kind, name) do update
          set policy_digest = excluded.policy_digest, said_at = excluded.said_at`.execute(db);
    },

    /** What processes have said last, by their names: also those that have ended since. */
    async processes(): Promise<readonly KnownProcess[]> {
      const { rows } = await sql<{ kind: ProcessKind; name: string; policyDigest: string; agoMs: number }>`
        select kind, name, policy_digest, (extract(epoch from statement_timestamp() - said_at) * 1000)::float8 as ago_ms
        from processes order by kind, name collate "C"`.execute(db);
      return rows;
    },
  };
}
