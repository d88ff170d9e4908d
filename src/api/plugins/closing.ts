import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { GantryError } from '../../domain/base/errors.ts';
import { answerUnreadable } from './errors.ts';
import { useOpenRequests } from './open-requests.ts';

/** How long a request may still take once no new connections are taken, in milliseconds. */
export interface ClosingLimits {
  readonly arriveMs: number;
  readonly answerMs: number;
  /** For the last answers to go out. */
  readonly leaveMs: number;
}
/** To arrive whole takes no honest client longer; some answers wait for Temporal. */
const usualLimits: ClosingLimits = { arriveMs: 3_000, answerMs: 10_000, leaveMs: 500 };

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborted once the API is told to stop: from then on it is not ready, and still works. */
    readonly stopping: AbortSignal;
    /** Aborted once no new connections are taken: whoever waits answers at once. */
    readonly closing: AbortSignal;
    /** Ends it: not ready at once, for `drainMs` as ever otherwise, then no new connections and {@link useClosing}. */
    readonly drainAndClose: (drainMs: number) => Promise<void>;
  }
}

/**
 * Ends in bounded time, whatever clients do, and cuts nobody off without an answer: waits end with what is known, connections
 * with their answer; half a request, and what takes too long, is told that it should be sent again.
 */
export function useClosing(app: FastifyInstance, limits: ClosingLimits = usualLimits): void {
  const [stopping, closing] = [new AbortController(), new AbortController()];
  // As many as wait.
  setMaxListeners(0, stopping.signal, closing.signal);
  app.decorate('stopping', stopping.signal);
  app.decorate('closing', closing.signal);
  app.decorate('drainAndClose', async (drainMs: number) => {
    stopping.abort();
    await delay(drainMs);
    await app.close();
  });
  const requests = useOpenRequests(app);
  app.addHook('preClose', async () => {
    stopping.abort();
    closing.abort();
    const late = (ms: number, act: () => void) => setTimeout(act, ms).unref();
    late(limits.arriveMs, () => {
      for (const reply of requests.replies()) if (!reply.request.raw.complete) requests.fail(reply, stoppedBefore());
      // Nothing of a request yet, or a part of its headers.
      for (const socket of requests.idleSockets())
        if (socket.bytesRead > 0) answerUnreadable({ code: 'GANTRY_STOPPING' }, socket);
        else socket.destroy();
    });
    late(limits.answerMs, () => {
      for (const reply of requests.replies()) requests.fail(reply, stoppedBefore());
      late(limits.leaveMs, () => app.server.closeAllConnections());
    });
  });
  app.addHook('onSend', async (_request, reply) => {
    if (stopping.signal.aborted) reply.header('connection', 'close');
  });
}

function stoppedBefore(): GantryError {
  return new GantryError('not-ready', 'This process stops, and had no answer in time: send the request again.');
}
