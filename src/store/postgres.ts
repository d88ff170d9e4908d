import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { Pool, type PoolClient } from 'pg';
import { GantryError } from '../domain/errors.ts';
import type { Engine } from './engine.ts';
import { answering } from './errors.ts';
import { listenOnPostgres } from './postgres-listener.ts';

/** A query, a connect, and the wait for a free connection each get this long: nobody waits without end. */
const answerMs = 5_000;
/** Migrations wait for each other and may build indexes. */
const migrationMs = 120_000;
/** What the server gets to end a query itself before we give up on the connection. */
const graceMs = 1_000;

/** A PostgreSQL by its `postgres://` URL. Throws `invalid-config` for a text that is none; connects only when asked to. */
export function openPostgres(url: string): Engine {
  // No cause and no quote: the text may hold a password.
  if (!URL.canParse(url)) throw new GantryError('invalid-config', 'The address of the store is not a URL.');
  return {
    pool: poolOf(url, { max: 10, timeoutMs: answerMs }),
    migrationPool: () => poolOf(url, { max: 1, timeoutMs: migrationMs }),
    listen: (channel, listener) =>
      listenOnPostgres({ connectionString: url, application_name: 'gantry-listener' }, channel, listener),
  };
}

function poolOf(url: string, { max, timeoutMs }: { readonly max: number; readonly timeoutMs: number }): PostgresPool {
  const pool = new Pool({
    connectionString: url,
    application_name: 'gantry',
    max,
    connectionTimeoutMillis: answerMs,
    statement_timeout: timeoutMs,
    query_timeout: timeoutMs + graceMs,
    keepAlive: true,
  });
  // A connection that breaks while nobody waits for it is replaced; without a listener it would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    connect: async () => clientOf(await answering(() => pool.connect())),
    end: () => pool.end(),
  };
}

function clientOf(client: PoolClient): PostgresPoolClient {
  let broken: unknown;
  const query = async (sql: string, parameters: readonly unknown[]): Promise<unknown> => {
    if (broken !== undefined) throw broken;
    try {
      return await answering(() => client.query(sql, [...parameters]));
    } catch (error) {
      // After a timeout the answer may still come: the connection must not serve anybody else, not even a rollback.
      if (error instanceof GantryError && error.code === 'store-unavailable') broken = error;
      throw error;
    }
  };
  return { query: query as PostgresPoolClient['query'], release: () => client.release(broken !== undefined) };
}
