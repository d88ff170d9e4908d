import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import type { ChannelListener } from './engine.ts';

/** A connection that does not answer for so long, in milliseconds, is given up; it is asked as often. */
const answerMs = 5_000;
const againAfterMs = 250;
/** A pooler in front of the database stays there for long. */
const pooledAgainAfterMs = 30_000;
/** How long a connection may take to close, in milliseconds. */
const closeMs = 500;

/**
 * Listens on a connection of its own: one from a pool would stop listening when it is given back. A broken one is
 * replaced, and a silent one is queried, since a cut cable looks like silence. It does not listen through a pooler: no
 * notification would ever arrive, and the LISTEN would stay on a connection that others use next.
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

/** Listens until the connection breaks; returns whether it leads to a pooler. */
async function listenOnce(
  config: ClientConfig,
  channel: string,
  { notified, listening }: ChannelListener,
  signal: AbortSignal,
): Promise<boolean> {
  const client = new Client({ ...config, connectionTimeoutMillis: answerMs, query_timeout: answerMs, keepAlive: true });
  const broken = new AbortController();
  const breaks = () => broken.abort();
  client.on('error', breaks);
  client.on('end', breaks);
  client.on('notification', ({ payload }) => notified(payload ?? ''));
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
    await Promise.race([client.end().catch(() => undefined), pause(closeMs)]);
  }
  return false;
}

/** A pooler invents the process id that it reports to a new connection: it has no server process, or many. */
async function isPooled(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid !== Reflect.get(client, 'processID');
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, { ref: false, ...(signal ? { signal } : {}) }).catch(() => undefined);
}
