import cookie from '@fastify/cookie';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Gateway } from '../temporal/gateway.ts';
import type { ApiDeps, ReadingDeps } from './deps.ts';
import { withUnfamiliarKeysApart } from './identity/unfamiliar-keys.ts';
import { useAuth } from './plugins/auth.ts';
import { useClosing } from './plugins/closing.ts';
import { answerProblem, answerUnreadable, useErrors } from './plugins/errors.ts';
import { useMethods } from './plugins/methods.ts';
import { useOpenApi } from './plugins/open-api.ts';
import { useRateLimits } from './plugins/rate-limits.ts';
import { useRefusals } from './plugins/refusals.ts';
import { useRefusedMessages } from './plugins/refused-messages.ts';
import { documentationPolicy, useSafeHeaders } from './plugins/safe-headers.ts';
import { useVersion } from './plugins/version.ts';
import { useSentBodies } from './requests/idempotency-key.ts';
import { callerRoutes } from './routes/caller.ts';
import { commandLineRoutes } from './routes/command-line.ts';
import { deploymentRoutes } from './routes/deployments.ts';
import { evidenceRoutes } from './routes/evidence.ts';
import { freezeRoutes } from './routes/freezes.ts';
import { loginRoutes } from './routes/login.ts';
import { messageRoutes } from './routes/messages.ts';
import { notAvailableYetRoutes } from './routes/not-available-yet.ts';
import { pageRoutes } from './routes/pages.ts';
import { requestRoutes } from './routes/request-deployment.ts';
import { ruleRoutes } from './routes/rules.ts';
import { serviceRoutes } from './routes/service.ts';
import { targetRoutes } from './routes/targets.ts';
import { createHealthViews } from './watch/health.ts';
import { sharedRuns } from './watch/shared-run.ts';
import { createTurns } from './watch/turns.ts';
import { createWatcher } from './watch/watcher.ts';

const bodyLimit = 1024 * 1024;

/** A request that is incomplete after so many milliseconds is given up. */
const requestMs = 30_000;

/**
 * The HTTP API, ready for `listen` or `inject`. `more` may add routes before it closes.
 * Throws when a route declares no access rule.
 */
export async function buildApp(
  given: ApiDeps,
  more: (app: FastifyInstance) => void = () => {},
): Promise<FastifyInstance> {
  const watcher = createWatcher({ ...given, limits: given.waitLimits });
  const deps: ReadingDeps = {
    ...given,
    watcher,
    targetView: createTargetViews(given.gateway),
    healthView: createHealthViews(given.gateway, given.now),
  };
  const app: FastifyInstance = Fastify({
    bodyLimit,
    // Requests that come while the API closes are served, or answered by `useClosing`.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    trustProxy: given.trustedProxies?.length ? [...given.trustedProxies] : false,
    requestTimeout: requestMs,
    http: {
      // Node applies the longer of the two limits to the whole request.
      headersTimeout: requestMs,
      connectionsCheckingInterval: 1_000,
      // A request without Host is answered with a problem, by `useErrors`.
      requireHostHeader: false,
    },
    frameworkErrors: answerProblem,
    clientErrorHandler: answerUnreadable,
    routerOptions: { maxParamLength: 300 },
    ...(deps.logger ? { loggerInstance: deps.logger } : {}),
  });
  useClosing(app);
  app.addHook('onClose', () => watcher.close());
  useSafeHeaders(app);
  useVersion(app, given.build);
  useErrors(app);
  useRefusals(app, deps);
  useRefusedMessages(app, deps);
  const answerOtherMethods = useMethods(app);
  useSentBodies(app);
  await app.register(cookie);
  useAuth(app, { ...deps, store: withUnfamiliarKeysApart(deps.store) });
  await useRateLimits(app, deps.rateLimits);
  await useOpenApi(app, deps.oidc);
  await app.register(async (docs) => {
    docs.addHook('onRoute', (route) => {
      // The documentation is public, and browsers send no key.
      route.config = { ...route.config, access: { kind: 'public' } };
    });
    docs.addHook('onRequest', async ({ routeOptions }, reply) => {
      if (routeOptions.url?.startsWith('/docs')) reply.header('content-security-policy', documentationPolicy);
    });
    await docs.register(swaggerUi, { routePrefix: '/docs' });
    docs.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  });
  const routesApp = app.withTypeProvider<ZodTypeProvider>();
  for (const routes of [
    requestRoutes,
    deploymentRoutes,
    messageRoutes,
    evidenceRoutes,
    targetRoutes,
    callerRoutes,
    loginRoutes,
    freezeRoutes,
    ruleRoutes,
    serviceRoutes,
    notAvailableYetRoutes,
    commandLineRoutes,
  ])
    routes(routesApp, deps);
  await routesApp.register((scope) => pageRoutes(scope, deps));
  more(app);
  answerOtherMethods();
  await app.ready();
  return app;
}

const maxAtOnce = 4;

/** Asks targets for their views: each target one question at a time, however many want the answer, and all of them a few. */
function createTargetViews({ target }: Pick<Gateway, 'target'>): Gateway['target'] {
  const shared = sharedRuns<Awaited<ReturnType<Gateway['target']>>>();
  const inTurn = createTurns(maxAtOnce);
  return ({ service, environment }) =>
    shared(`${service}/${environment}`, () => inTurn(() => target({ service, environment })));
}
