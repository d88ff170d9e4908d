import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientError,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  calculatePKCECodeChallenge,
  None,
  ResponseBodyError,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type ServerMetadata,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { GantryError } from '../../../domain/base/errors.ts';
import { createDiscovery, type ProviderMetadata, providerMs, providerSilent } from './discovery.ts';
import type { OidcLogin, OidcSettings } from './settings.ts';
import { createTokenReader } from './tokens.ts';

/** Where the provider sends browsers back to. */
export const callbackPath = '/login/callback';

/** What the browser's cookie keeps during a login. */
export interface LoginMemory {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Codes of openid-client for failures of the provider, not of the login. */
const silence: readonly (string | undefined)[] = [
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
];

/** Login by authorization code with PKCE (S256), state and nonce. `now` in milliseconds since the epoch. */
export function createLogin(settings: OidcSettings, login: OidcLogin, now: () => number) {
  const { clientId, clientSecret, publicUrl } = login;
  const redirectUri = new URL(callbackPath, publicUrl).href;
  const discover = createDiscovery(settings.issuer, now);
  const readToken = createTokenReader(settings, now, discover);
  const client = async () => {
    const metadata = await discover();
    const configuration = new Configuration(
      metadata as ServerMetadata,
      clientId,
      undefined,
      authenticationOf(metadata, clientSecret),
    );
    configuration.timeout = providerMs / 1_000;
    // Discovery accepts plain HTTP on loopback only.
    if (settings.issuer.startsWith('http:')) allowInsecureRequests(configuration);
    return configuration;
  };
  return {
    /** The address to redirect the browser to, and what its cookie must keep. Throws `identity-unavailable`. */
    async begin() {
      const memory = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
      const url = buildAuthorizationUrl(await client(), {
        redirect_uri: redirectUri,
        scope: 'openid',
        state: memory.state,
        nonce: memory.nonce,
        code_challenge: await calculatePKCECodeChallenge(memory.verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, memory };
    },
    /** The subject for the query of the callback: `oidc:<issuer>|<sub>`. Throws `login-failed`, `identity-unavailable`. */
    async finish(query: string, { state, nonce, verifier }: LoginMemory) {
      const configuration = await client();
      const callback = new URL(redirectUri);
      callback.search = query;
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
      const { id_token: token } = await authorizationCodeGrant(configuration, callback, checks).catch(
        (error: unknown) => {
          throw failureOf(error);
        },
      );
      // openid-client skips the signature for tokens that come over TLS: verified here like every token.
      return readToken(token ?? '', clientId);
    },
  };
}

function authenticationOf(metadata: ProviderMetadata, secret: string | null): ClientAuth {
  if (secret === null) return None();
  const ways = metadata['token_endpoint_auth_methods_supported'];
  const takesPostOnly =
    Array.isArray(ways) && ways.includes('client_secret_post') && !ways.includes('client_secret_basic');
  return takesPostOnly ? ClientSecretPost(secret) : ClientSecretBasic(secret);
}

function failureOf(error: unknown): GantryError {
  if (error instanceof TypeError || (error instanceof ClientError && silence.includes(error.code)))
    return providerSilent(error);
  if (error instanceof WWWAuthenticateChallengeError)
    return new GantryError('login-failed', 'The identity provider does not know Gantry by this client and secret.', {
      cause: error,
    });
  const detail =
    error instanceof AuthorizationResponseError || error instanceof ResponseBodyError
      ? `The identity provider says ${JSON.stringify(error.error.slice(0, 80))}.`
      : 'The answer of the identity provider does not belong to this login.';
  return new GantryError('login-failed', detail, { cause: error });
}
