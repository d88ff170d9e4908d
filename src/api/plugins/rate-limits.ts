import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { GantryError } from '../../domain/base/errors.ts';

/** What one caller may ask of one process in a minute. */
export interface RateLimits {
  /** Of what only reads, a wait or a stream once. */
  readonly reads: number;
  readonly writes: number;
}
/** Far more than a person or a pipeline needs, and little enough for everybody else to be answered beside it. */
const usual: RateLimits = { reads: 12_000, writes: 600 };
const minuteMs = 60_000;
const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Taken whatever else its caller has asked for: what stops a deployment, or frees a target that is stuck. */
    isReserved?: boolean;
  }
}

/**
 * Keeps one caller from taking all that a process can do. Whoever has no key that counts has been refused before. To be
 * called once it is known who calls.
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
