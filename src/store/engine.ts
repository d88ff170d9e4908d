import type { PostgresPool } from 'kysely';

/** Hears what is told on a channel of the database. */
export interface ChannelListener {
  readonly heard: (payload: string) => void;
  /** From now on everything is heard, for the first time or again: what was told before may have been missed. */
  readonly listening: () => void;
  /** Nothing will be heard: the address leads to a pooler, whose connections are somebody else's after each transaction. */
  readonly pooled: () => void;
}

/** A database that speaks PostgreSQL. Both kinds look like a pool, so that one dialect serves them. */
export interface Engine {
  readonly pool: PostgresPool;
  /** For what nobody may wait for behind others, such as the key of somebody who aborts: another pool, where there can be one. */
  readonly urgentPool: PostgresPool;
  /**
   * A pool for migrations, which may take longer than queries. Its transactions wait for each other. Whoever asked for it
   * ends it.
   */
  readonly migrationPool: () => PostgresPool;
  /**
   * A pool for reading or writing everything: its transactions see the store as it was at one instant, and may last.
   * Whoever asked for it ends it.
   */
  readonly bulkPool: () => PostgresPool;
  /** Listens until told to stop, however often the connection breaks meanwhile. */
  readonly listen: (channel: string, listener: ChannelListener) => () => Promise<void>;
}
