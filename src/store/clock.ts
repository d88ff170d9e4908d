import { type Kysely, sql } from 'kysely';

// Ages are taken by the clock of the database: those of processes differ.

/** The time now, also within a transaction. */
export const databaseNow = sql<Date>`clock_timestamp()`;

/** The same, read: milliseconds since the epoch. */
export async function readClock<Any>(db: Kysely<Any>): Promise<number> {
  const { rows } = await sql<{ now: Date }>`select ${databaseNow} as now`.execute(db);
  return new Date(rows[0]?.now ?? Number.NaN).getTime();
}

export function ago(ms: number) {
  return sql<Date>`clock_timestamp() - make_interval(secs => ${ms / 1_000})`;
}
