import type { FastifyInstance } from 'fastify';
import type { ErrorCode } from '../../domain/base/error-codes.ts';
import type { ApiDeps } from '../deps.ts';
import { toGantryError } from '../http/problem.ts';

/** At most so many refusals are logged within so many milliseconds, so that guessing keys does not fill the log. */
const maxLogged = 20;
const spanMs = 10_000;

/** Counts and logs requests answered 401 or 403: who, from where, which route; never the credential. */
export function useRefusals(app: FastifyInstance, { now }: Pick<ApiDeps, 'now'>): void {
  const counts = new Map<ErrorCode, number>();
  app.decorate('refusals', counts);
  let span = { since: Number.NEGATIVE_INFINITY, logged: 0 };
  app.addHook('onError', async (request, _reply, thrown) => {
    const error = toGantryError(thrown);
    if (error.status !== 401 && error.status !== 403) return;
    const count = (counts.get(error.code) ?? 0) + 1;
    counts.set(error.code, count);
    if (now() - span.since >= spanMs) span = { since: now(), logged: 0 };
    span.logged += 1;
    if (span.logged > maxLogged) return;
    // The declared path: parameters and query may hold secrets.
    const { method, ip: address, protocol: scheme, routeOptions } = request;
    const who = request.caller === undefined ? {} : { subject: request.caller.subject };
    const asked = { method, route: routeOptions.url ?? null, address, scheme, ...who };
    request.log.warn({ code: error.code, status: error.status, ...asked, count }, error.message);
  });
}
