import type { PostgresPool } from 'kysely';

/** Hears what is told on a channel of the database. */
export interface ChannelListener {
  readonly heard: (payload: string) => void;
  /** From now on everything is heard, for the first time or again: what was told before may have been missed. */
  readonly listening: () => void;
}

/** A database that speaks PostgreSQL. Both kinds look like a pool, so that one dialect serves them. */
export interface Engine {
  readonly pool: PostgresPool;
  /** A pool for migrations, which may take longer than queries; whoever asked for it ends it. */
  readonly migrationPool: () => PostgresPool;
  /** Listens until told to stop, however often the connection breaks meanwhile. */
  readonly listen: (channel: string, listener: ChannelListener) => () => Promise<void>;
}
