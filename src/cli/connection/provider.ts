import {
  AuthorizationResponseError,
  allowInsecureRequests,
  ClientError,
  type Configuration,
  discovery,
  None,
  ResponseBodyError,
  type TokenEndpointResponse,
} from 'openid-client';
import { GantryError } from '../../domain/base/errors.ts';
import { isLoopback } from '../../system/loopback.ts';
import { checkToken, endOf } from './bearer.ts';
import type { Session } from './contexts.ts';

/** An identity provider, what it knows the command line as, and whom the tokens have to be meant for. */
export type Provider = Pick<Session, 'issuer' | 'clientId' | 'audience'>;

/** What is asked for: who it is, and to stay logged in. */
export const scope = 'openid offline_access';

/** The provider answers within this time, in seconds. */
const timeoutSeconds = 10;

/** The command line as a client of a provider: a public one, which has no secret. Throws `login-failed`, `identity-unavailable`. */
export async function clientOf({ issuer, clientId }: Provider): Promise<Configuration> {
  const url = URL.canParse(issuer) ? new URL(issuer) : null;
  if (!url || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))))
    throw new GantryError('login-failed', `${JSON.stringify(issuer)} is no https address: nobody logs in there.`);
  const execute = url.protocol === 'http:' ? [allowInsecureRequests] : [];
  return discovery(url, clientId, undefined, None(), { execute, timeout: timeoutSeconds }).catch((error: unknown) => {
    throw silent(issuer, error);
  });
}

/** For whom tokens are asked, in the words of RFC 8707; providers that name audiences otherwise do so by their own settings. */
export function resourceOf({ audience }: Provider): { readonly resource: string } | Record<string, never> {
  return /^https?:/.test(audience) ? { resource: audience } : {};
}

/** The login that a provider has answered with. `former`: the one that it goes on from. */
export function sessionOf(provider: Provider, tokens: TokenEndpointResponse, former: Session | null = null): Session {
  const { issuer, clientId, audience } = provider;
  const accessToken = checkToken(tokens.access_token);
  const endsAt = endOf(accessToken) || Date.now() + (tokens.expires_in ?? 0) * 1_000;
  const refreshToken = tokens.refresh_token ?? former?.refreshToken ?? null;
  return { issuer, clientId, audience, accessToken, expiresAt: new Date(endsAt).toISOString(), refreshToken };
}

/** What the provider says against a login, or that it says nothing. */
export function failureOf({ issuer }: Provider, error: unknown): GantryError {
  const code =
    error instanceof AuthorizationResponseError || error instanceof ResponseBodyError ? error.error : undefined;
  if (code === undefined)
    return isSilence(error)
      ? silent(issuer, error)
      : new GantryError('login-failed', `The answer of ${issuer} does not belong to this login.`, { cause: error });
  const why = words[code] ?? `says ${JSON.stringify(code.slice(0, 80))}`;
  return new GantryError('login-failed', `Nobody is logged in: ${issuer} ${why}.`, { cause: error });
}

const words: Readonly<Record<string, string>> = {
  access_denied: 'was told no',
};

/** Whether a provider ended a login, so that only a new one helps. */
export function isEnded(error: unknown): boolean {
  return error instanceof ResponseBodyError && error.error === 'invalid_grant';
}

/** Whether the code of a login by device was not confirmed in its time. */
export function isExpired(error: unknown): boolean {
  return error instanceof ResponseBodyError && error.error === 'expired_token';
}

const silences: readonly (string | undefined)[] = [
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
];

function isSilence(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof ClientError && silences.includes(error.code));
}

function silent(issuer: string, cause: unknown): GantryError {
  return new GantryError('identity-unavailable', `${issuer} does not answer as an identity provider should.`, {
    cause,
  });
}
