import { initiateDeviceAuthorization, pollDeviceAuthorizationGrant } from 'openid-client';
import { formatDuration } from '../../domain/base/duration.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { holdSignal } from '../../system/time-limit.ts';
import { plain } from '../terminal.ts';
import type { Session } from './contexts.ts';
import { clientOf, failureOf, isExpired, type Provider, resourceOf, scope, sessionOf } from './provider.ts';

/**
 * A login that a person confirms on any device with a browser (RFC 8628): they are told an address and a code, and the
 * provider is asked until they have. Throws `login-failed`, `identity-unavailable`.
 */
export async function logInByDevice(provider: Provider, tell: (line: string) => void): Promise<Session> {
  const client = await clientOf(provider);
  if (client.serverMetadata().device_authorization_endpoint === undefined)
    throw new GantryError('login-failed', `${provider.issuer} has no login by device: log in with --browser.`);
  const device = await initiateDeviceAuthorization(client, { scope, ...resourceOf(provider) }).catch(
    (error: unknown) => {
      throw failureOf(provider, error);
    },
  );
  const within = formatDuration(device.expires_in * 1_000);
  tell(plain(`Open ${device.verification_uri_complete ?? device.verification_uri}`));
  tell(plain(`and confirm the code ${device.user_code}, within ${within}.`));
  // That the code is over is no silence of the provider, as which the library reports it.
  const limit = holdSignal([], device.expires_in * 1_000);
  try {
    const tokens = await pollDeviceAuthorizationGrant(client, device, resourceOf(provider), limit);
    return sessionOf(provider, tokens);
  } catch (error) {
    if (limit.isOverdue() || isExpired(error))
      throw new GantryError('login-failed', `Nobody confirmed the code ${device.user_code} within ${within}.`, {
        cause: error,
        advice: 'begin again, with a new code: gantry login --device',
      });
    throw error instanceof GantryError ? error : failureOf(provider, error);
  } finally {
    limit.release();
  }
}
