import type { PostgresPool } from 'kysely';

/** A database that speaks PostgreSQL. Both kinds look like a pool, so that one dialect serves them. */
export interface Engine {
  readonly pool: PostgresPool;
  /** A pool for migrations, which may take longer than queries; whoever asked for it ends it. */
  readonly migrationPool: () => PostgresPool;
}
