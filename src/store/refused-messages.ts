import { type Kysely, sql } from 'kysely';
import { type CountedRefusal, type RefusedMessage, refusalsKept, summedUp } from '../domain/messages/refused.ts';
import type { Tables } from './schema.ts';

/** What the API refused people, of each deployment: counted, and bounded. */
export function refusedMessageQueries(db: Kysely<Tables>) {
  return {
    /**
     * Keeps what was refused of deployments that the store knows, as far as there is room (`messages/refused.ts`). A count
     * never falls, so that a late write changes nothing.
     */
    async countRefusedMessages(counted: readonly CountedRefusal[]): Promise<void> {
      const { ofDeployment, ofEach } = refusalsKept;
      // One after the other: each looks at how many there are.
      for (const { counter, deployment, message, by, code, detail, times, firstAt, lastAt } of counted)
        await sql`
          insert into refused_messages (counter, deployment, message, subject, code, detail, times, first_at, last_at)
          select ${counter}, ${deployment}, ${message}, ${by}, ${code}, ${detail}, ${times}::int, ${firstAt}, ${lastAt}
          where exists (select from deployments where id = ${deployment})
            and (
              exists (select from refused_messages where counter = ${counter})
              or (
                (select count(*) from refused_messages where deployment = ${deployment}) < ${sql.lit(ofDeployment)}
                and (select count(*) from refused_messages where deployment = ${deployment} and subject = ${by})
                  < ${sql.lit(ofEach)}
              )
            )
          on conflict (counter) do update
            set times = excluded.times, detail = excluded.detail, last_at = excluded.last_at
            where refused_messages.times < excluded.times`.execute(db);
    },
    /** The first refused first, whichever process counted it. */
    async refusedMessagesOf(deployment: string): Promise<readonly RefusedMessage[]> {
      const rows = await db
        .selectFrom('refusedMessages')
        .select(['message', 'subject', 'code', 'detail', 'times', 'firstAt', 'lastAt'])
        .where('deployment', '=', deployment)
        .execute();
      return summedUp(rows.map(({ subject, ...row }) => ({ ...row, by: subject })));
    },
  };
}
