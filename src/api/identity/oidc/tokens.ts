import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { GantryError } from '../../../domain/base/errors.ts';
import { createDiscovery, providerMs, providerSilent } from './discovery.ts';
import type { OidcSettings } from './settings.ts';

/** How far the provider's clock may be from ours, in seconds. */
const toleranceSeconds = 30;

/** A key that is not known yet is asked for at most so often, in milliseconds. */
const keyCooldownMs = 30_000;

/** Keys are asked for anew after this time, in milliseconds: one that was withdrawn counts no longer. */
const keysFreshMs = 10 * 60 * 1_000;

/** Access tokens and ID tokens; a logout token, for one, is signed by the same keys and proves nothing of the kind. */
const types: readonly unknown[] = [undefined, 'JWT', 'at+jwt', 'application/at+jwt'];

/**
 * Reads JWTs of the provider: signature, algorithm, issuer, audience, times. Answers the subject,
 * `oidc:<issuer>|<sub>`. Throws `unauthenticated`; `identity-unavailable` when the provider's keys cannot be had.
 */
export function createTokenReader(
  { issuer, algorithms }: Pick<OidcSettings, 'issuer' | 'algorithms'>,
  now: () => number,
  discover = createDiscovery(issuer, now),
): (token: string, audience: string) => Promise<string> {
  const keyOf = createKeys(discover);
  return async (token, audience) => {
    // Evaluated before anybody is asked: a stranger's token must not make us call the provider.
    if (!isWorthAsking(token, issuer, algorithms)) throw refused();
    const { payload } = await jwtVerify(token, keyOf, {
      issuer,
      audience,
      algorithms: [...algorithms],
      currentDate: new Date(now()),
      clockTolerance: toleranceSeconds,
      requiredClaims: ['exp', 'sub'],
    }).catch((error: unknown) => {
      throw error instanceof GantryError ? error : refused(error);
    });
    if (typeof payload.sub !== 'string' || payload.sub === '') throw refused();
    return `oidc:${issuer}|${payload.sub}`;
  };
}

function refused(cause?: unknown): GantryError {
  return new GantryError(
    'unauthenticated',
    'The token is none that counts here: not valid, not meant for it, or past.',
    {
      cause,
    },
  );
}

function isWorthAsking(token: string, issuer: string, algorithms: readonly string[]): boolean {
  try {
    const { alg, typ } = decodeProtectedHeader(token);
    return alg !== undefined && algorithms.includes(alg) && types.includes(typ) && decodeJwt(token).iss === issuer;
  } catch {
    return false;
  }
}

/** The provider's keys, kept for a while. That it has no such key is the token's fault, anything else the provider's. */
function createKeys(discover: ReturnType<typeof createDiscovery>): JWTVerifyGetKey {
  let keys: { readonly uri: string; readonly of: JWTVerifyGetKey } | null = null;
  return async (header, token) => {
    const { jwks_uri: uri } = await discover();
    if (keys?.uri !== uri) {
      const options = { timeoutDuration: providerMs, cooldownDuration: keyCooldownMs, cacheMaxAge: keysFreshMs };
      keys = { uri, of: createRemoteJWKSet(new URL(uri), options) };
    }
    try {
      return await keys.of(header, token);
    } catch (error) {
      const isTokens =
        error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys ||
        error instanceof errors.JOSENotSupported;
      throw isTokens ? error : providerSilent(error);
    }
  };
}
