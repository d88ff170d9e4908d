import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { identityProviderSchema } from '../../contract/service.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { findPerson } from '../../domain/policy/find-person.ts';
import type { ApiDeps, RoutesApp } from '../deps.ts';
import { newKey } from '../identity/make-and-match-keys.ts';
import { callbackPath, createLogin, type LoginMemory } from '../identity/oidc/login.ts';
import { cookieName, cookieOptions, sessionMs } from '../identity/sessions.ts';
import { declare, open } from '../schemas.ts';

/** How long a login may take, in seconds. */
const loginSeconds = 600;

const beginQuery = z.strictObject({ to: z.string().max(500).optional() });
const nothing = z.undefined();

/** Login and logout by browser, which answer 404 without a provider, and how the command line logs in. */
export function loginRoutes(app: RoutesApp, deps: ApiDeps): void {
  const { oidc, store, now } = deps;
  app.get(
    '/v1/identity-provider',
    declare(open, 'How the command line logs people in', { response: { 200: identityProviderSchema } }),
    async () => {
      if (!oidc?.cliClientId) return { provider: null };
      const { issuer, cliClientId: clientId, audience } = oidc;
      return { provider: { issuer, clientId, audience } };
    },
  );
  if (!oidc?.login) return noLoginRoutes(app);
  const { publicUrl } = oidc.login;
  const login = createLogin(oidc, oidc.login, now);
  const cookie = cookieOptions(publicUrl);
  const [loginCookie, sessionCookie] = [cookieName('login', publicUrl), cookieName('session', publicUrl)];

  app.get(
    '/login',
    declare(open, 'Log in by the identity provider', { querystring: beginQuery, response: { 303: nothing } }),
    async ({ query }, reply) => {
      const to = query.to ?? '/';
      ownAddress(to, publicUrl);
      const { url, memory } = await login.begin();
      reply.setCookie(loginCookie, written(memory, to), { ...cookie, maxAge: loginSeconds });
      return reply.header('cache-control', 'no-store').redirect(url, 303);
    },
  );
  app.get(
    callbackPath,
    declare(open, 'Where the identity provider leads back to', { response: { 303: nothing } }),
    async ({ cookies, url }, reply) => {
      const { memory, to } = read(cookies[loginCookie]);
      // Used once, whatever the outcome.
      reply.clearCookie(loginCookie, cookie).header('cache-control', 'no-store');
      const subject = await login.finish(new URL(url, publicUrl).search, memory);
      const { policy } = await deps.policy.read();
      if (!findPerson(policy.people, subject))
        throw new GantryError('forbidden', `The policy knows no person ${subject}.`);
      const expiresAt = new Date(now() + sessionMs).toISOString();
      const { text, key } = newKey({ subject, kind: 'session', scopes: null, expiresAt }, now());
      await store.addKey(key);
      reply.setCookie(sessionCookie, text, { ...cookie, maxAge: sessionMs / 1_000 });
      return reply.redirect(ownAddress(to, publicUrl), 303);
    },
  );
  app.post(
    '/logout',
    declare({ access: { kind: 'session' } }, 'End the session', { response: { 204: nothing } }),
    async ({ credential: { id } }, reply) => {
      if (id !== null) await store.revokeKeys({ id }, new Date(now()).toISOString());
      return reply.clearCookie(sessionCookie, cookie).code(204).send();
    },
  );
}

function noLoginRoutes(app: FastifyInstance): void {
  for (const [method, url] of [
    ['GET', '/login'],
    ['GET', callbackPath],
    ['POST', '/logout'],
  ] as const)
    app.route({
      method,
      url,
      config: open,
      schema: { hide: true },
      handler: async () => {
        throw new GantryError('not-found', 'Nobody logs in by a browser here: GANTRY_OIDC_CLIENT_ID is not set.');
      },
    });
}

/** The absolute URL of a path of Gantry: a relative one could name another host. Throws `malformed` for other origins. */
function ownAddress(to: string, publicUrl: string): string {
  const url = to.startsWith('/') && URL.canParse(to, publicUrl) ? new URL(to, publicUrl) : null;
  if (url?.origin === new URL(publicUrl).origin) return url.href;
  throw new GantryError('malformed', 'to is a path of Gantry, such as /docs.', { pointer: '/to' });
}

function written({ state, nonce, verifier }: LoginMemory, to: string): string {
  return [state, nonce, verifier, Buffer.from(to).toString('base64url')].join('.');
}

function read(text = ''): { readonly memory: LoginMemory; readonly to: string } {
  const [state = '', nonce = '', verifier = '', to = ''] = text.split('.');
  if (state === '' || nonce === '' || verifier === '')
    throw new GantryError('login-failed', 'This browser has begun no login, or too long ago: begin at /login.');
  return { memory: { state, nonce, verifier }, to: Buffer.from(to, 'base64url').toString() };
}
