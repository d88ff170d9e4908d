import type { FastifyRequest } from 'fastify';
import { GantryError } from '../domain/errors.ts';
import type { Scope } from '../domain/trust/api-keys.ts';
import { storedKey } from './api-keys.ts';
import type { ApiDeps } from './deps.ts';
import { createTokenReader } from './oidc/tokens.ts';
import { isSameOrigin, sessionCookie } from './sessions.ts';

/** Who speaks and by what, before the policy says who that is. */
export interface Credential {
  readonly subject: string;
  /** Null: everything that the subject may do. */
  readonly scopes: readonly Scope[] | null;
  /** The id of the browser's session; null for a key or a token. */
  readonly session: string | null;
}

const jwtPattern = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

/**
 * Reads the one credential of a request: an API key or a provider's token as bearer, else the session of a browser.
 * Throws `unauthenticated`, `cross-site`, and for tokens only `identity-unavailable`.
 */
export function createCredentialReader({
  store,
  oidc,
  now,
}: Pick<ApiDeps, 'store' | 'oidc' | 'now'>): (request: FastifyRequest) => Promise<Credential> {
  const readToken = oidc && createTokenReader(oidc, now);
  return async (request) => {
    const { authorization } = request.headers;
    const session = oidc?.login ? request.cookies[sessionCookie] : undefined;
    if (authorization === undefined && oidc?.login && session !== undefined) {
      if (!isSameOrigin(request, oidc.login.publicUrl))
        throw new GantryError('cross-site', 'A session changes something only from the page of this very address.');
      const { id, subject, scopes } = await storedKey(store, session, 'session', now());
      return { subject, scopes, session: id };
    }
    const bearer = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
    if (jwtPattern.test(bearer)) {
      if (!readToken) throw new GantryError('unauthenticated', 'No identity provider is set up here: send a key.');
      return { subject: await readToken(bearer, oidc.audience), scopes: null, session: null };
    }
    if (!bearer.startsWith('gtk_')) throw new GantryError('unauthenticated', 'Send Authorization: Bearer gtk_….');
    const { subject, scopes } = await storedKey(store, bearer, 'key', now());
    return { subject, scopes, session: null };
  };
}
