import type { FastifyInstance } from 'fastify';

/**
 * On every answer, errors too: nobody keeps what counts now only, nobody reads a type into it that it has not, nothing runs
 * in it where a browser shows it, and no page of somebody else's shows it as a part of its own.
 */
export const safeHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
} as const;

/** What the pages of the documentation may: what comes from here, and styles that its program sets itself. */
export const documentationPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

export function useSafeHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => {
    // Pages say themselves what they need.
    const own = reply.getHeader('content-security-policy');
    reply.headers({ ...safeHeaders, ...(own === undefined ? {} : { 'content-security-policy': own }) });
  });
}
