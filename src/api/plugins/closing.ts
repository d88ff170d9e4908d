import { setMaxListeners } from 'node:events';
import type { FastifyInstance } from 'fastify';

/** What has not been answered so long after the API was told to stop, in milliseconds, is cut off. */
const closeMs = 10_000;

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborted once the API is told to stop: whoever waits answers at once. */
    readonly closing: AbortSignal;
  }
}

/** Ends in bounded time, whatever clients do: waits end, connections end with their answer, half a request is given up. */
export function useClosing(app: FastifyInstance): void {
  const closing = new AbortController();
  // As many as wait.
  setMaxListeners(0, closing.signal);
  app.decorate('closing', closing.signal);
  app.addHook('preClose', async () => {
    closing.abort();
    setTimeout(() => app.server.closeAllConnections(), closeMs).unref();
  });
  app.addHook('onSend', async (_request, reply) => {
    if (closing.signal.aborted) reply.header('connection', 'close');
  });
}
