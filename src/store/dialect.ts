import { type DialectAdapter, PostgresAdapter, PostgresDialect } from 'kysely';

/** PostgreSQL's dialect without a state of the session, of which a pooler gives each transaction another one. */
export class StoreDialect extends PostgresDialect {
  override createAdapter(): DialectAdapter {
    return new TransactionalAdapter();
  }
}

/** Kysely locks the migrating session. Here the transaction holds that lock: its pool takes it as it begins one. */
class TransactionalAdapter extends PostgresAdapter {
  override acquireMigrationLock(): Promise<void> {
    return Promise.resolve();
  }

  override releaseMigrationLock(): Promise<void> {
    return Promise.resolve();
  }
}
