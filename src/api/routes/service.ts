import { aliveSchema, readySchema } from '../../contract/service.ts';
import { GantryError, hasCode } from '../../domain/base/errors.ts';
import { timeZoneData } from '../../system/time-zone-data.ts';
import type { ApiDeps, RoutesApp } from '../deps.ts';
import { declare, open } from '../schemas.ts';

/** Whether the process lives and can work. */
export function serviceRoutes(
  app: RoutesApp,
  { store, gateway, policy, roomFault, roleFault = null, commands, now }: ApiDeps,
): void {
  // For people who open the address in a browser.
  app.get('/', { config: open, schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs/'));
  app.get('/healthz', declare(open, 'The process lives', { response: { 200: aliveSchema } }), async () => ({
    status: 'ok' as const,
  }));
  app.get('/readyz', declare(open, 'The process can work', { response: { 200: readySchema } }), async () => {
    if (app.stopping.aborted) throw new GantryError('not-ready', 'This process is about to stop.');
    const asked = await Promise.allSettled([store.checkSchema(), gateway.ping()]);
    // The store answers, but was migrated or restored while this process ran.
    for (const one of asked)
      if (one.status === 'rejected' && hasCode(one.reason, 'schema-too-new', 'not-ready')) throw one.reason;
    const silent = ['the store', 'Temporal'].filter((_, i) => asked[i]?.status === 'rejected');
    if (silent.length > 0) throw new GantryError('not-ready', `No answer from ${silent.join(' and ')}.`);
    const full = await roomFault?.();
    if (full) throw new GantryError('disk-full', full);
    // An invalid policy file is a fault and no outage: what runs goes on, and only new requests are refused.
    const { digest, fault } = await policy.read();
    return {
      status: 'ready' as const,
      policy: { digest, fault },
      // Likewise a database role with more rights than it needs, and commands that are not isolated.
      store: { fault: roleFault },
      ...(commands ? { commands: { fault: commands.isIsolated ? null : commands.detail } } : {}),
      timeZoneData: timeZoneData(now()),
    };
  });
}
