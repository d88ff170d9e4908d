import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { GantryError } from '../../domain/base/errors.ts';

/** Tracks connections and unanswered requests, so that they can be ended. Call it before any hook that may wait. */
export function useOpenRequests(app: FastifyInstance) {
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
