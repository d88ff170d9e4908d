import type { FastifyRequest } from 'fastify';
import { decodeJwt } from 'jose';
import { GantryError } from '../../domain/base/errors.ts';
import type { ApiDeps } from '../deps.ts';
import type { Credential } from './credential.ts';
import type { createKnownKeys } from './known-keys.ts';
import { storedKey } from './make-and-match-keys.ts';
import { createBearers } from './oidc/bearers.ts';
import { cookieName, isSameOrigin } from './sessions.ts';

const jwtPattern = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

/**
 * Reads the one credential of a request: an API key or a provider's token as bearer, else the session of a browser.
 * `mayBeKnown`: a key that was valid recently is enough while the store does not answer.
 * Throws `unauthenticated`, `cross-site`, `store-unavailable`, and for tokens only `identity-unavailable` and `forbidden`.
 */
export function createCredentialReader(
  deps: Pick<ApiDeps, 'oidc' | 'pipelineAudiences' | 'policy' | 'now'>,
  keys: Pick<ReturnType<typeof createKnownKeys>, 'find'>,
): (request: FastifyRequest, mayBeKnown: boolean) => Promise<Credential> {
  const { oidc, now } = deps;
  const readToken = createBearers(deps);
  const read = async (text: string, kind: 'key' | 'session', mayBeKnown: boolean): Promise<Credential> => {
    const asked = { key: (id: string) => keys.find(id, mayBeKnown) };
    return storedKey(asked, text, kind, now());
  };
  return async (request, mayBeKnown) => {
    const { authorization } = request.headers;
    const session = oidc?.login ? request.cookies[cookieName('session', oidc.login.publicUrl)] : undefined;
    if (authorization === undefined && oidc?.login && session !== undefined) {
      if (!isSameOrigin(request, oidc.login.publicUrl))
        throw new GantryError('cross-site', 'A session changes something only from the page of this very address.');
      return read(session, 'session', mayBeKnown);
    }
    const bearer = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
    if (jwtPattern.test(bearer)) return tokenOf(await readToken(bearer), bearer);
    if (!bearer.startsWith('gtk_')) throw new GantryError('unauthenticated', 'Send Authorization: Bearer gtk_….');
    return read(bearer, 'key', mayBeKnown);
  };
}

/** Of a token that was verified. */
function tokenOf(subject: string, token: string): Credential {
  const { exp } = decodeJwt(token);
  const expiresAt = exp === undefined ? null : new Date(exp * 1_000).toISOString();
  return { subject, kind: 'token', id: null, expiresAt, scopes: null, verifiedAt: null };
}
