import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { Pool, type PoolClient } from 'pg';
import { GantryError, hasCode } from '../domain/base/errors.ts';
import type { Engine } from './engine.ts';
import { answering } from './errors.ts';
import { listenOnPostgres } from './postgres-listener.ts';

/** A query, a connect, and the wait for a free connection each get this long, in milliseconds: nothing waits without end. */
const answerMs = 5_000;
/** How long a query waits for a lock: less, so that the server can still report what it waited for. */
const lockMs = 3_000;
/** How long the locks of a transaction are kept whose client stops or is cut off. */
const silenceMs = 5_000;
/** Migrations wait for each other and may build indexes. */
const migrationMs = 120_000;
/** The same while everything is read or written, which may wait for the disk of the backup. */
const bulkSilenceMs = 60_000;
/** What the server gets to end a query itself before we give up on the connection. */
const graceMs = 1_000;
/** A lock of the whole database, held by the transaction that migrates: Kysely's own number, which builds before took, too. */
const migrationLock = '3853314791062309107';

/**
 * Begins a transaction with its limits. They end with it: a pooler such as PgBouncer gives each transaction another
 * connection to the server, refuses limits that are named when it is connected to, and keeps none that are set after.
 */
const beginQuery = beginning({ statement_timeout: answerMs, lock_timeout: lockMs });
/** A table is waited for less long than another migration: every other query would queue behind it. */
const beginMigration = [
  beginning({ statement_timeout: migrationMs, lock_timeout: migrationMs }),
  `select pg_advisory_xact_lock(${migrationLock})`,
  `set local lock_timeout = ${lockMs}`,
].join('; ');
/** Everything as it was at one instant; schemas change and whole tables are written by one at a time. */
const beginBulk = [
  beginning(
    {
      statement_timeout: migrationMs,
      lock_timeout: lockMs,
      idle_in_transaction_session_timeout: bulkSilenceMs,
    },
    'begin isolation level repeatable read',
  ),
  `select pg_advisory_xact_lock(${migrationLock})`,
].join('; ');

function beginning(limits: Readonly<Record<string, number>>, begin = 'begin'): string {
  const all = { idle_in_transaction_session_timeout: silenceMs, ...limits };
  return [begin, ...Object.entries(all).map(([name, ms]) => `set local ${name} = ${ms}`)].join('; ');
}

/** A PostgreSQL by its `postgres://` URL. Throws `invalid-config` for a text that is none; connects only when asked to. */
export function openPostgres(url: string, listenUrl = url): Engine {
  // No cause and no quote: the text may hold a password.
  if (!URL.canParse(url) || !URL.canParse(listenUrl))
    throw new GantryError('invalid-config', 'The address of the store is not a URL.');
  return {
    pool: poolOf(url, { max: 10, begin: beginQuery, timeoutMs: answerMs }),
    // Unknown keys are looked up two at a time, which leaves two connections.
    urgentPool: poolOf(url, { max: 4, begin: beginQuery, timeoutMs: answerMs }),
    migrationPool: () => poolOf(url, { max: 1, begin: beginMigration, timeoutMs: migrationMs }),
    bulkPool: () => poolOf(url, { max: 1, begin: beginBulk, timeoutMs: migrationMs }),
    listen: (channel, listener) =>
      listenOnPostgres({ connectionString: listenUrl, application_name: 'gantry-listener' }, channel, listener),
  };
}

interface PoolOptions {
  readonly max: number;
  /** What begins a transaction. */
  readonly begin: string;
  readonly timeoutMs: number;
}

function poolOf(url: string, { max, begin, timeoutMs }: PoolOptions): PostgresPool {
  const pool = new Pool({
    connectionString: url,
    application_name: 'gantry',
    max,
    connectionTimeoutMillis: answerMs,
    query_timeout: timeoutMs + graceMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: answerMs,
    pipeline: true,
  });
  // An idle connection that breaks is replaced; without a listener it would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    connect: async () => clientOf(await answering(() => pool.connect()), begin),
    end: () => pool.end(),
  };
}

function clientOf(client: PoolClient, begin: string): PostgresPoolClient {
  let broken: unknown;
  const query = async (sql: string, parameters: readonly unknown[]): Promise<unknown> => {
    if (broken !== undefined) throw broken;
    try {
      return await answering(() => limitedQuery(client, begin, sql, parameters));
    } catch (error) {
      // After a timeout the answer may still come: the connection must not serve anybody else, not even a rollback.
      if (hasCode(error, 'store-unavailable')) broken = error;
      throw error;
    }
  };
  return { query: query as PostgresPoolClient['query'], release: () => client.release(broken !== undefined) };
}

/**
 * Runs a statement in the open transaction, or in one of its own. Then all of that is sent at once: one round trip, and a
 * process that stops afterwards keeps nothing locked.
 */
async function limitedQuery(
  client: PoolClient,
  begin: string,
  sql: string,
  parameters: readonly unknown[],
): Promise<unknown> {
  if (sql === 'begin') return client.query(begin);
  const isOpen = ['T', 'E'].includes(client.getTransactionStatus() ?? 'I');
  if (isOpen) return client.query(sql, [...parameters]);
  const { stream } = client.connection;
  stream.cork();
  const sent = [client.query(begin), client.query(sql, [...parameters]), client.query('commit')] as const;
  stream.uncork();
  // The first that fails says why; those after it fail because of it.
  const [, answer] = await Promise.all(sent);
  return answer;
}
