import type { FastifyRequest } from 'fastify';
import { GantryError } from '../../domain/base/errors.ts';
import type { Scope } from '../../domain/trust/api-keys.ts';
import type { ApiDeps } from '../deps.ts';
import { storedKey } from './api-keys.ts';
import type { createKnownKeys } from './known-keys.ts';
import { createBearers } from './oidc/bearers.ts';
import { cookieName, isSameOrigin } from './sessions.ts';

/** The subject of a request and how it is proven, before the policy is consulted. */
export interface Credential {
  readonly subject: string;
  /** Null: everything that the subject may do. */
  readonly scopes: readonly Scope[] | null;
  /** The id of the browser's session; null for a key or a token. */
  readonly session: string | null;
  /** When the store last confirmed it (ISO 8601), if it does not answer now; null: it does, or is not needed. */
  readonly verifiedAt: string | null;
}

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
    const { id, subject, scopes, verifiedAt } = await storedKey(asked, text, kind, now());
    return { subject, scopes, session: kind === 'session' ? id : null, verifiedAt };
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
    if (jwtPattern.test(bearer))
      return { subject: await readToken(bearer), scopes: null, session: null, verifiedAt: null };
    if (!bearer.startsWith('gtk_')) throw new GantryError('unauthenticated', 'Send Authorization: Bearer gtk_….');
    return read(bearer, 'key', mayBeKnown);
  };
}
