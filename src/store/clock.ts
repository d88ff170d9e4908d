import { sql } from 'kysely';

// Ages are taken by the clock of the database: those of processes differ.

/** The time now, also within a transaction. */
export const databaseNow = sql<Date>`clock_timestamp()`;

export function ago(ms: number) {
  return sql<Date>`clock_timestamp() - make_interval(secs => ${ms / 1_000})`;
}
