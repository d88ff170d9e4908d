import { CamelCasePlugin, Kysely, type PostgresPool, sql } from 'kysely';
import { GantryError } from '../domain/base/errors.ts';
import type { StoreSchema } from '../domain/base/store-schema.ts';
import type { Recovery } from '../domain/target/recovery.ts';
import type { BackupTail } from './backup-lines.ts';
import { dump, load } from './backups.ts';
import { readClock } from './clock.ts';
import { grantRoles, type RoleToGrant } from './database-roles.ts';
import { deploymentQueries } from './deployments.ts';
import { StoreDialect } from './dialect.ts';
import type { Engine } from './engine.ts';
import { evidenceQueries } from './evidence.ts';
import { freezeQueries } from './freezes.ts';
import { findingOf, type ProcessKind, type RoleFinding } from './grants.ts';
import { idempotencyQueries } from './idempotency.ts';
import { journalChannel, journalQueries, readNotification } from './journal.ts';
import { keyQueries } from './keys.ts';
import { outputQueries } from './outputs.ts';
import { openPglite } from './pglite.ts';
import { planQueries } from './plans.ts';
import { openPostgres } from './postgres.ts';
import { processQueries } from './processes.ts';
import { recordQueries } from './records.ts';
import { recoveryQueries } from './recoveries.ts';
import { refusedMessageQueries } from './refused-messages.ts';
import { rehearsalQueries } from './rehearsals.ts';
import type { Tables } from './schema.ts';
import { applyMigrations, checkSchema } from './schema-versions.ts';
import { signingKeyQueries } from './signing-keys.ts';
import type { RestoreOptions } from './stored.ts';
import { sweepQueries } from './sweep.ts';
import { targetQueries } from './targets.ts';
import type { JournalListener } from './values.ts';

export type { RoleToGrant } from './database-roles.ts';
export type { ProcessKind, RoleFinding } from './grants.ts';
export type { KnownProcess } from './stored.ts';

/**
 * What must outlive Temporal's retention or be searched. One set of queries on PostgreSQL and on PGlite.
 * Every method throws `store-unavailable` when the database does not answer.
 */
export type Store = ReturnType<typeof storeOn>;

export interface StoreOptions {
  /** After this many milliseconds without an answer a claim may be taken over. 30 s when absent. */
  readonly staleClaimMs?: number;
  /** Address of PostgreSQL for the connection that listens, where the store's own leads to a pooler. */
  readonly listenAddress?: string;
  /** Opens it even while it does not answer. */
  readonly mayBeSilent?: boolean;
  /** Gets lines for operators. */
  readonly log?: (line: string) => void;
}

const pooled =
  'GANTRY_STORE leads to a pooler, which carries no LISTEN: clients that wait for a deployment get its changes up to 5 s late. Set GANTRY_STORE_LISTEN to the address of PostgreSQL itself.';

/**
 * Opens `postgres://…`, `postgresql://…` or `pglite:<folder>` and makes sure that it answers; migrates nothing.
 * Throws `store-unavailable` when it does not and has to, `store-locked` when the folder is open already, `invalid-config` for
 * another address.
 */
export async function openStore(address: string, options: StoreOptions = {}): Promise<Store> {
  const store = storeOn(await engineOf(address, options), options);
  if (options.mayBeSilent) return store;
  try {
    await store.ping();
    return store;
  } catch (error) {
    await store.close().catch(() => undefined);
    throw error;
  }
}

async function engineOf(address: string, { listenAddress }: StoreOptions): Promise<Engine> {
  const folder = /^pglite:(.+)$/s.exec(address)?.[1];
  if (folder !== undefined) return openPglite(folder);
  if (/^postgres(ql)?:\/\//.test(address)) return openPostgres(address, listenAddress);
  // The address is not repeated: it may hold a password.
  throw new GantryError('invalid-config', 'The store is postgres://… or pglite:<folder>.');
}

function storeOn(engine: Engine, { staleClaimMs = 30_000, log }: StoreOptions) {
  const pools = [endedOnce(engine.pool), endedOnce(engine.urgentPool)] as const;
  const [db, urgent] = [kyselyOn(pools[0]), kyselyOn(pools[1])];
  /**
   * Applies what is missing and answers the names of it; nothing where a newer build has migrated the store and carries
   * this one. Safe to run from several processes at once. Throws `schema-too-new` where this build has been left behind.
   */
  const migrate = () => onOwnPool(engine.migrationPool(), applyMigrations);
  const listening = new Set<() => Promise<void>>();
  return {
    migrate,
    /**
     * Writes a backup, everything as it is at one instant, line by line, with the time that it is said to be taken at. What it
     * ends with is answered. Throws `not-ready` where there are no tables yet, `schema-too-new` where there may be more of
     * them than this build knows.
     */
    backUp: (write: (text: string) => Promise<void>, takenAt: string): Promise<BackupTail> =>
      onOwnPool(engine.bulkPool(), (bulk) => dump(bulk, write, takenAt)),
    /**
     * Writes a backup into the store, line by line, all or nothing, and the mark that it was restored, and brings its schema
     * to that of this build. What is written was checked before. Throws `store-not-empty`, `invalid-backup`.
     */
    async restore(lines: AsyncIterable<string>, options: RestoreOptions): Promise<Recovery> {
      const recovery = await onOwnPool(engine.bulkPool(), (bulk) => load(bulk, lines, options));
      await migrate();
      return recovery;
    },
    /**
     * Makes the roles of processes that are missing, and gives each what it needs and no more. Answers which were made. Throws
     * `invalid-config`.
     */
    grantRoles: (roles: readonly RoleToGrant[]): Promise<readonly string[]> =>
      onOwnPool(engine.migrationPool(), (all) => grantRoles(all, roles)),
    /** Compares the rights of the role that opened the store with what such a process needs. */
    roleFinding: (kind: ProcessKind): Promise<RoleFinding> => findingOf(urgent, kind),
    /** The schema that the store has. Throws `schema-too-new` or `not-ready` where this build does not work with it. */
    checkSchema: (): Promise<StoreSchema> => checkSchema(urgent),
    async ping(): Promise<void> {
      await sql`select 1`.execute(urgent);
    },
    /** The time by the clock of the database, in milliseconds since the epoch. */
    now: () => readClock(urgent),
    async close(): Promise<void> {
      await Promise.all([...listening].map((stop) => stop()));
      await Promise.all([urgent.destroy(), db.destroy()]);
      // Kysely ends no pool that was never used.
      await Promise.all(pools.map((pool) => pool.end()));
    },
    /** Notifies of entries as they are written, until the returned function is called; broken connections are replaced. */
    followJournal(listener: JournalListener): () => Promise<void> {
      const stopListening = engine.listen(journalChannel, {
        notified(payload) {
          const written = readNotification(payload);
          if (written) listener.written(written);
        },
        listening: listener.listening,
        pooled: () => log?.(pooled),
      });
      const stop = async () => {
        listening.delete(stop);
        await stopListening();
      };
      listening.add(stop);
      return stop;
    },
    ...evidenceQueries(db),
    ...refusedMessageQueries(db),
    ...planQueries(db),
    ...signingKeyQueries(db),
    ...idempotencyQueries(db, staleClaimMs),
    ...journalQueries(db),
    ...deploymentQueries(db),
    ...targetQueries(db),
    ...recordQueries(db),
    ...rehearsalQueries(db),
    ...outputQueries(db),
    ...keyQueries(db),
    ...freezeQueries(db),
    ...sweepQueries(db),
    ...recoveryQueries(db),
    ...processQueries(db),
    // An abort must not queue behind other queries, nor may a worker that verifies who aborted.
    key: (id: string) => keyQueries(urgent).key(id),
    trustedKeys: signingKeyQueries(urgent).trustedKeys,
  };
}

/** Works on a pool of its own, which is ended whatever happens. */
async function onOwnPool<T>(pool: PostgresPool, work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
  const db = kyselyOn(pool);
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}

function endedOnce(pool: PostgresPool): PostgresPool {
  let ended: Promise<void> | undefined;
  return { connect: () => pool.connect(), end: () => (ended ??= pool.end()) };
}

function kyselyOn(pool: PostgresPool): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new StoreDialect({ pool }), plugins: [new CamelCasePlugin()] });
}
