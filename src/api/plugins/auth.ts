import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { GantryError } from '../../domain/errors.ts';
import { type AccessRule, admit } from '../access.ts';
import type { ApiDeps } from '../deps.ts';

/** Bearer tokens and access rules on every route. A route without a rule keeps the app from starting. */
export function useAuth(app: FastifyInstance, { store, policy }: Pick<ApiDeps, 'store' | 'policy'>): void {
  const routes: RouteOptions[] = [];
  app.decorateRequest('caller');
  app.addHook('onRoute', (route) => {
    routes.push(route);
  });
  app.addHook('onReady', async () => {
    const bare = routes.find(({ config }) => config?.access === undefined);
    if (bare) throw new GantryError('internal', `${String(bare.method)} ${bare.url} declares no access rule.`);
  });
  app.addHook('onRequest', async (request) => {
    // An unknown path tells a stranger nothing either.
    const rule: AccessRule = request.routeOptions.config.access ?? { kind: 'read' };
    if (rule.kind === 'public') return;
    const subject = await store.subjectOfToken(hashOf(request));
    if (subject === null) throw new GantryError('unauthenticated', 'The token is unknown or was revoked.');
    request.caller = await entitled(rule, subject, request);
  });

  async function entitled(rule: AccessRule, subject: string, request: FastifyRequest) {
    const { environment } = (request.params ?? {}) as { readonly environment?: string };
    return admit(rule, (await policy.read()).policy, subject, environment);
  }
}

function hashOf(request: FastifyRequest): string {
  const token = /^Bearer (gtk_[A-Za-z0-9_-]{43})$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) throw new GantryError('unauthenticated', 'Send Authorization: Bearer gtk_….');
  return createHash('sha256').update(token).digest('hex');
}
