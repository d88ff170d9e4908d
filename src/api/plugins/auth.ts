import type { FastifyInstance, RouteOptions } from 'fastify';
import { GantryError } from '../../domain/base/errors.ts';
import { recoveryFault } from '../../domain/target/recovery.ts';
import type { ApiDeps } from '../deps.ts';
import { type AccessRule, admit, beginsSomething, goesWithoutStore, scopeOf } from '../identity/access.ts';
import type { Credential } from '../identity/credential.ts';
import { createCredentialReader } from '../identity/credentials.ts';
import { createKnownKeys } from '../identity/known-keys.ts';

/** Credentials and access rules on every route. A route without a rule keeps the app from starting. */
export function useAuth(
  app: FastifyInstance,
  deps: Pick<ApiDeps, 'store' | 'policy' | 'oidc' | 'pipelineAudiences' | 'now' | 'roomFault'>,
): void {
  const routes: RouteOptions[] = [];
  const keys = createKnownKeys(deps.store, deps.now);
  const read = createCredentialReader(deps, keys);
  app.addHook('onClose', () => keys.close());
  app.decorate('declaredRoutes', routes);
  app.decorateRequest('caller');
  app.decorateRequest('credential');
  app.decorateRequest('verifiedAt', null);
  app.addHook('onRoute', (route) => {
    routes.push(route);
  });
  app.addHook('onReady', async () => {
    const bare = routes.find(({ config }) => config?.access === undefined);
    if (bare) throw new GantryError('internal', `${String(bare.method)} ${bare.url} declares no access rule.`);
  });
  app.addHook('onRequest', async (request) => {
    // Strangers do not learn which paths exist.
    const rule: AccessRule = request.routeOptions.config.access ?? { kind: 'read' };
    if (rule.kind === 'public') return;
    const credential = await read(request, goesWithoutStore(rule));
    // Refusals are logged with the subject.
    request.caller = { subject: credential.subject, name: credential.subject };
    checkScope(rule, credential);
    request.credential = credential;
    request.verifiedAt = credential.verifiedAt;
    const { policy } = await deps.policy.read();
    if (rule.kind !== 'session') request.caller = admit(rule, policy, credential.subject, request.params ?? {});
    else if (credential.kind !== 'session')
      throw new GantryError('forbidden', 'Only the session of a browser can be ended so.');
    if (!beginsSomething(rule, request.method)) return;
    const recovery = await deps.store.recovery();
    if (recovery) throw new GantryError('in-recovery', recoveryFault(recovery));
    const full = await deps.roomFault?.();
    if (full) throw new GantryError('disk-full', full);
  });
}

function checkScope(rule: AccessRule, { scopes }: Credential): void {
  const wanted = scopeOf(rule);
  if (wanted === null || scopes === null || scopes.includes(wanted)) return;
  throw new GantryError('scope-missing', `This key is limited to ${scopes.join(', ')}; this takes ${wanted}.`);
}
