import {
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import { GantryError } from '../../../domain/base/errors.ts';
import { createDiscovery, providerMs, providerSilent } from './discovery.ts';
import type { OidcSettings } from './settings.ts';

/** Tolerated clock difference to the provider, in seconds. */
const toleranceSeconds = 30;

/** At least so long between two lookups of unknown keys, in milliseconds. */
const keyCooldownMs = 30_000;

/** Keys are read again after this time, in milliseconds: a withdrawn one stops to count. */
const keysFreshMs = 10 * 60 * 1_000;

/** Access tokens and ID tokens: other kinds, such as logout tokens, are signed by the same keys. */
const types: readonly unknown[] = [undefined, 'JWT', 'at+jwt', 'application/at+jwt'];

/** What a token says, once it is verified: always with a `sub`. */
export type Payload = JWTPayload & { readonly sub: string };

/** Reads a token that is meant for one of these audiences. */
export type TokenVerifier = (token: string, audience: string | readonly string[]) => Promise<Payload>;

/**
 * Verifies JWTs of the provider: signature, algorithm, issuer, audience, times. Throws `unauthenticated`;
 * `identity-unavailable` when the provider's keys cannot be had.
 */
export function createTokenVerifier(
  { issuer, algorithms }: Pick<OidcSettings, 'issuer' | 'algorithms'>,
  now: () => number,
  discover = createDiscovery(issuer, now),
): TokenVerifier {
  const keyOf = createKeys(discover);
  return async (token, audience) => {
    // Checked first: a stranger's token must not make Gantry call the provider.
    if (!isWorthAsking(token, issuer, algorithms)) throw refused();
    const { payload } = await jwtVerify(token, keyOf, {
      issuer,
      audience: typeof audience === 'string' ? audience : [...audience],
      algorithms: [...algorithms],
      currentDate: new Date(now()),
      clockTolerance: toleranceSeconds,
      requiredClaims: ['exp', 'sub'],
    }).catch((error: unknown) => {
      throw error instanceof GantryError ? error : refused(error);
    });
    const { sub } = payload;
    if (typeof sub !== 'string' || sub === '') throw refused();
    return { ...payload, sub };
  };
}

/** The same for the subject alone, `oidc:<issuer>|<sub>`. Throws as the verifier does. */
export function createTokenReader(
  settings: Pick<OidcSettings, 'issuer' | 'algorithms'>,
  now: () => number,
  discover = createDiscovery(settings.issuer, now),
): (token: string, audience: string) => Promise<string> {
  const verify = createTokenVerifier(settings, now, discover);
  return async (token, audience) => `oidc:${settings.issuer}|${(await verify(token, audience)).sub}`;
}

/** Who a token says it is of, before anything is verified; null where it is no token. */
export function claimedIssuer(token: string): string | null {
  try {
    return decodeJwt(token).iss ?? null;
  } catch {
    return null;
  }
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
    return alg !== undefined && algorithms.includes(alg) && types.includes(typ) && claimedIssuer(token) === issuer;
  } catch {
    return false;
  }
}

/** The provider's keys, cached. An unknown key is the token's fault, any other failure the provider's. */
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
