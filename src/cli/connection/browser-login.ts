import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { GantryError } from '../../domain/base/errors.ts';
import { withinLimit } from '../../system/time-limit.ts';
import type { Session } from './contexts.ts';
import { clientOf, failureOf, type Provider, resourceOf, scope, sessionOf } from './provider.ts';

/** How long somebody may take to log in, in milliseconds. */
const loginMs = 10 * 60_000;

/**
 * A login by a browser on this machine: authorization code with PKCE (S256), state and nonce, and the answer at a port of
 * loopback that is open for it alone (RFC 8252). `show` is given the address to open. Throws `login-failed`,
 * `identity-unavailable`.
 */
export async function logInByBrowser(provider: Provider, show: (url: string) => void): Promise<Session> {
  const client = await clientOf(provider);
  const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
  const server = createServer();
  try {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const redirectUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`;
    const url = buildAuthorizationUrl(client, {
      redirect_uri: redirectUri,
      scope,
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      // Without a word of the person no provider lets somebody stay logged in.
      prompt: 'consent',
      ...resourceOf(provider),
    });
    const answered = answerAt(server, redirectUri, state);
    show(url.href);
    const answer = await withinLimit(loginMs, () => answered).catch((cause: unknown) => {
      throw new GantryError('login-failed', 'Nobody logged in within 10 minutes.', { cause });
    });
    const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
    return sessionOf(provider, await authorizationCodeGrant(client, answer, checks, resourceOf(provider)));
  } catch (error) {
    throw error instanceof GantryError ? error : failureOf(provider, error);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Where the provider has led the browser back to. Only what belongs to this login counts: other programs may call here, too. */
function answerAt(server: Server, redirectUri: string, state: string): Promise<URL> {
  return new Promise((resolve) => {
    server.on('request', ({ method, url = '' }, response) => {
      const called = URL.canParse(url, redirectUri) ? new URL(url, redirectUri) : null;
      const isAnswer =
        method === 'GET' && called?.href.startsWith(`${redirectUri}?`) && called.searchParams.get('state') === state;
      response
        .writeHead(isAnswer ? 200 : 404, {
          'content-type': 'text/plain; charset=utf-8',
          'cache-control': 'no-store',
          connection: 'close',
        })
        .end(isAnswer ? 'Gantry has your answer: go back to the terminal.\n' : 'Nothing is here.\n');
      if (isAnswer && called) response.on('close', () => resolve(called));
    });
  });
}
