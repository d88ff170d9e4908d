import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { GantryError } from '../../domain/base/errors.ts';
import { answerUnreadable } from './errors.ts';

/**
 * How long a request may still take once no new connections are taken, in milliseconds: enough for a client to send a whole
 * request, for answers that wait for Temporal, and for the last answers to go out.
 */
const usualLimits = { arriveMs: 3_000, answerMs: 10_000, leaveMs: 500 };

/**
 * Closes the API in bounded time, whatever clients do, and leaves no request without an answer: waits end with the current
 * state; incomplete requests, and those that take too long, are answered `not-ready`.
 */
export function useClosing(app: FastifyInstance, limits = usualLimits): void {
  const [stopping, closing] = [new AbortController(), new AbortController()];
  // Every waiting request listens.
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
      // No request yet, or only a part of its headers.
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

/** Tracks connections and unanswered requests, so that they can be ended. Call it before any hook that may wait. */
function useOpenRequests(app: FastifyInstance) {
  const sockets = new Set<Socket>();
  const replies = new Set<FastifyReply>();
  app.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  app.addHook('onRequest', async (_request, reply) => {
    replies.add(reply);
    reply.raw.once('close', () => replies.delete(reply));
  });
  return {
    replies: () => [...replies],
    /** Connections without an unanswered request. */
    idleSockets() {
      const busy = new Set([...replies].map(({ request }) => request.raw.socket));
      return [...sockets].filter((socket) => !busy.has(socket));
    },
    /** Answers a request with an error, in whatever state it is. */
    fail(reply: FastifyReply, error: GantryError): void {
      const { raw } = reply.request;
      if (reply.sent) return;
      // While the body is read, its reader answers the error; otherwise the reply does.
      if (!raw.complete && raw.listenerCount('error') > 0) raw.emit('error', error);
      else reply.send(error);
    },
  };
}
