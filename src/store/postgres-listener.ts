import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import type { ChannelListener } from './engine.ts';

/** A connection that does not answer for so long, in milliseconds, is given up; it is asked as often. */
const answerMs = 5_000;
const againAfterMs = 250;
/** A pooler in front of the database stays there for long. */
const pooledAgainAfterMs = 30_000;
/** What a connection gets to say goodbye. */
const goodbyeMs = 500;

/**
 * Listens on a connection of its own: one from a pool would stop listening when it is given back. A broken one is
 * replaced, and one that says nothing is asked, since a cut cable looks like silence. Where the connection leads to a
 * pooler nothing is listened to: it would be deaf without a word, and leave its wish on a connection of somebody else.
 */
export function listenOnPostgres(
  config: ClientConfig,
  channel: string,
  listener: ChannelListener,
): () => Promise<void> {
  const over = new AbortController();
  const running = (async () => {
    let wasPooled = false;
    while (!over.signal.aborted) {
      const isPooled = await listenOnce(config, channel, listener, over.signal);
      if (isPooled && !wasPooled) listener.pooled();
      wasPooled ||= isPooled;
      await pause(isPooled ? pooledAgainAfterMs : againAfterMs, over.signal);
    }
  })();
  return async () => {
    over.abort();
    await running;
  };
}

/** Answers whether the connection leads to a pooler. */
async function listenOnce(
  config: ClientConfig,
  channel: string,
  { heard, listening }: ChannelListener,
  signal: AbortSignal,
): Promise<boolean> {
  const client = new Client({ ...config, connectionTimeoutMillis: answerMs, query_timeout: answerMs, keepAlive: true });
  const broken = new AbortController();
  const breaks = () => broken.abort();
  client.on('error', breaks);
  client.on('end', breaks);
  client.on('notification', ({ payload }) => heard(payload ?? ''));
  signal.addEventListener('abort', breaks, { once: true });
  try {
    await client.connect();
    if (await isPooled(client)) return true;
    await client.query(`listen ${channel}`);
    listening();
    while (!broken.signal.aborted) {
      await pause(answerMs, broken.signal);
      if (!broken.signal.aborted) await client.query('select 1');
    }
  } catch {
    // tried again by the caller
  } finally {
    signal.removeEventListener('abort', breaks);
    await Promise.race([client.end().catch(() => undefined), pause(goodbyeMs)]);
  }
  return false;
}

/** A pooler makes up the number of the server's process that it tells when it is connected to: it has none, or many. */
async function isPooled(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid !== Reflect.get(client, 'processID');
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, { ref: false, ...(signal ? { signal } : {}) }).catch(() => undefined);
}
