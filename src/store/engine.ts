import type { PostgresPool } from 'kysely';

/** Receives the notifications of one channel of the database. */
export interface ChannelListener {
  readonly notified: (payload: string) => void;
  /** Called when it begins to listen, for the first time or again: earlier notifications may have been missed. */
  readonly listening: () => void;
  /** No notification will come: the address leads to a pooler, whose connections change with each transaction. */
  readonly pooled: () => void;
}

/** A database that speaks PostgreSQL. Both kinds look like a pool, so that one dialect serves them. */
export interface Engine {
  readonly pool: PostgresPool;
  /** For what must not queue behind other queries, such as the key of a caller who aborts: another pool, where there can be one. */
  readonly urgentPool: PostgresPool;
  /**
   * A pool for migrations, which may take longer than queries. Its transactions wait for each other. The caller ends
   * it.
   */
  readonly migrationPool: () => PostgresPool;
  /**
   * A pool for reading or writing everything: its transactions see the store as it was at one instant, and may
   * last. The caller ends it.
   */
  readonly bulkPool: () => PostgresPool;
  /** Listens until the returned function is called, however often the connection breaks meanwhile. */
  readonly listen: (channel: string, listener: ChannelListener) => () => Promise<void>;
}
