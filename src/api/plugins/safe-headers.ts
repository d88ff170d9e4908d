import type { FastifyInstance } from 'fastify';

/**
 * On every answer, errors too: it is not cached, its type is not guessed, no script runs in it, and no other page embeds it.
 */
export const safeHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
} as const;

/** The documentation loads from this origin only, with inline styles. */
export const documentationPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

export function useSafeHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply) => {
    // Pages have a policy of their own.
    const own = reply.getHeader('content-security-policy');
    reply.headers({ ...safeHeaders, ...(own === undefined ? {} : { 'content-security-policy': own }) });
    const { cacheControl } = request.routeOptions.config;
    if (cacheControl !== undefined && reply.statusCode < 400) reply.header('cache-control', cacheControl);
  });
}
