import type { FastifyInstance } from 'fastify';

/** On every answer, errors too: nobody keeps what counts now only, and nobody reads a type into it that it has not. */
export const safeHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

export function useSafeHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => {
    reply.headers(safeHeaders);
  });
}
