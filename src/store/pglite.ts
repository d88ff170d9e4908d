import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { PGlite, types } from '@electric-sql/pglite';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { GantryError } from '../domain/base/errors.ts';
import { holderInWords, lockFolder } from '../system/folder-lock.ts';
import { own } from '../system/own-files.ts';
import type { ChannelListener, Engine } from './engine.ts';
import { answering } from './errors.ts';

/**
 * The embedded PostgreSQL in a folder, which is created for its owner only. Throws `store-locked` when the folder is
 * open already, here or in another process: two of them would lose data without any error. What was acknowledged survives
 * the end of the process, however it ends; a power cut may take the last of it.
 */
export async function openPglite(folder: string): Promise<Engine> {
  const root = resolve(folder);
  const data = join(root, 'data');
  await answering(() => mkdir(data, { recursive: true, mode: 0o700 }));
  const lock = await answering(() => lockFolder(root));
  if (!lock) {
    const holder = await holderInWords(root);
    throw new GantryError('store-locked', `${holder} uses the store in ${root}: end it, or use another folder.`);
  }
  try {
    const parsers = { [types.INT8]: (text: string) => text };
    const empty = await emptyStore(data);
    const database = await answering(() => PGlite.create({ dataDir: data, parsers, ...empty }));
    const pool = poolOfOne(database, lock.release);
    // There is one connection, and no other process that could keep it waiting.
    const shared = { connect: () => pool.connect(), end: () => Promise.resolve() };
    return {
      pool,
      urgentPool: shared,
      migrationPool: () => shared,
      bulkPool: () => shared,
      listen: (channel, listener) => listenOnPglite(database, pool, channel, listener),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** What a new one begins with, as the build has made it: unpacked in a third of the time that making it takes. Without a build it is made. */
async function emptyStore(data: string): Promise<{ readonly loadDataDir?: Blob }> {
  if ((await answering(() => readdir(data))).length > 0) return {};
  const packed = await readFile(own('dist/empty-store.tgz')).catch(() => null);
  return packed ? { loadDataDir: new Blob([packed], { type: 'application/gzip' }) } : {};
}

/** PGlite has one connection; one caller at a time holds it, so that a transaction has it to itself. */
function poolOfOne(database: PGlite, closed: () => void): PostgresPool {
  const query = async (sql: string, parameters: readonly unknown[]) => {
    const { rows, affectedRows } = await answering(() => database.query(sql, [...parameters]));
    // It answers without ever waiting: many queries in a row would keep everything else in this process from running.
    await turn();
    // PGlite does not name the command; Kysely needs it only to know whether the number of rows counts.
    return { command: 'UPDATE', rowCount: affectedRows ?? 0, rows };
  };
  let free = Promise.resolve();
  const connect = async (): Promise<PostgresPoolClient> => {
    const before = free;
    let release: () => void = () => undefined;
    free = new Promise((given) => {
      release = given;
    });
    await before;
    return { query: query as PostgresPoolClient['query'], release };
  };
  const end = async () => {
    const last = await connect();
    try {
      await database.close();
    } finally {
      closed();
      last.release(); // queries that still wait fail, since it is closed
    }
  };
  return { connect, end };
}

/** Listens on the one connection, whenever it is free: in the middle of a transaction it would end with that. */
function listenOnPglite(
  database: PGlite,
  pool: PostgresPool,
  channel: string,
  { notified, listening }: ChannelListener,
): () => Promise<void> {
  const withConnection = async <T>(work: () => Promise<T>): Promise<T> => {
    const connection = await pool.connect();
    try {
      return await work();
    } finally {
      connection.release();
    }
  };
  const begun = withConnection(() => database.listen(channel, notified)).then(
    (unlisten) => {
      listening();
      return unlisten;
    },
    () => null, // it is being closed
  );
  return async () => {
    const unlisten = await begun;
    if (unlisten) await withConnection(() => unlisten()).catch(() => undefined);
  };
}
