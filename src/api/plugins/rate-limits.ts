import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { GantryError } from '../../domain/base/errors.ts';

/** Far more than a person or a pipeline needs, and few enough for other callers to be served meanwhile. */
const usual = { reads: 12_000, writes: 600 };
/** How many requests one process takes of one caller in a minute. A wait or a stream counts once. */
export type RateLimits = typeof usual;
const minuteMs = 60_000;
const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Limits what one caller takes of a process. Call it after authentication: callers without a valid key are refused there.
 */
export async function useRateLimits(app: FastifyInstance, limits: RateLimits = usual): Promise<void> {
  await app.register(rateLimit, { global: false });
  const keyGenerator = ({ caller }: { readonly caller: { readonly subject: string } }) => caller.subject;
  const lane = (max: number) => app.createRateLimit({ max, timeWindow: minuteMs, keyGenerator });
  const [reads, writes] = [lane(limits.reads), lane(limits.writes)];
  app.addHook('onRequest', async (request, reply) => {
    // Public routes have no caller.
    if (request.caller === undefined || request.routeOptions.config.isReserved === true) return;
    const isReading = reading.has(request.method);
    const met = await (isReading ? reads : writes)(request);
    if (met.isAllowed || !met.isExceeded) return;
    reply.header('retry-after', String(met.ttlInSeconds));
    throw new GantryError(
      'too-many-requests',
      `${request.caller.subject} has ${isReading ? 'read' : 'written'} more than ${met.max} times within a minute.`,
    );
  });
}
