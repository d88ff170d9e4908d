import { initiateDeviceAuthorization, pollDeviceAuthorizationGrant } from 'openid-client';
import { GantryError } from '../../domain/base/errors.ts';
import { plain } from '../terminal.ts';
import type { Session } from './contexts.ts';
import { clientOf, failureOf, type Provider, resourceOf, scope, sessionOf } from './provider.ts';

/**
 * A login that a person confirms on any device with a browser (RFC 8628): they are told an address and a code, and the
 * provider is asked until they have. Throws `login-failed`, `identity-unavailable`.
 */
export async function logInByDevice(provider: Provider, tell: (line: string) => void): Promise<Session> {
  const client = await clientOf(provider);
  if (client.serverMetadata().device_authorization_endpoint === undefined)
    throw new GantryError('login-failed', `${provider.issuer} has no login by device: log in with --browser.`);
  try {
    const device = await initiateDeviceAuthorization(client, { scope, ...resourceOf(provider) });
    tell(plain(`Open ${device.verification_uri_complete ?? device.verification_uri}`));
    tell(plain(`and confirm the code ${device.user_code}, within ${Math.floor(device.expires_in / 60)} minutes.`));
    return sessionOf(provider, await pollDeviceAuthorizationGrant(client, device, resourceOf(provider)));
  } catch (error) {
    throw error instanceof GantryError ? error : failureOf(provider, error);
  }
}
