import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import type { ChannelListener } from './engine.ts';

/** A connection that does not answer for so long, in milliseconds, is given up; it is asked as often. */
const answerMs = 5_000;
const againAfterMs = 250;
/** What a connection gets to say goodbye. */
const goodbyeMs = 500;

/**
 * Listens on a connection of its own: one from a pool would stop listening when it is given back. A broken one is
 * replaced, and one that says nothing is asked, since a cut cable looks like silence.
 */
export function listenOnPostgres(
  config: ClientConfig,
  channel: string,
  listener: ChannelListener,
): () => Promise<void> {
  const over = new AbortController();
  const running = (async () => {
    while (!over.signal.aborted) {
      await listenOnce(config, channel, listener, over.signal);
      await pause(againAfterMs, over.signal);
    }
  })();
  return async () => {
    over.abort();
    await running;
  };
}

async function listenOnce(
  config: ClientConfig,
  channel: string,
  { heard, listening }: ChannelListener,
  signal: AbortSignal,
): Promise<void> {
  const client = new Client({ ...config, connectionTimeoutMillis: answerMs, query_timeout: answerMs, keepAlive: true });
  const broken = new AbortController();
  const breaks = () => broken.abort();
  client.on('error', breaks);
  client.on('end', breaks);
  client.on('notification', ({ payload }) => heard(payload ?? ''));
  signal.addEventListener('abort', breaks, { once: true });
  try {
    await client.connect();
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
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, { ref: false, ...(signal ? { signal } : {}) }).catch(() => undefined);
}
