import type { FastifyInstance } from 'fastify';
import { GantryError } from '../../domain/base/errors.ts';

/** Refuses a request of HTTP/1.1 that does not say whom it is for, as RFC 9112 (3.2) demands: Node would answer without a word. */
export function useHost(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }) => {
    if (raw.httpVersion === '1.1' && raw.headers.host === undefined)
      throw new GantryError('malformed', 'A request has a Host header.');
  });
}
