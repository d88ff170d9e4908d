import { join } from 'node:path';
import { oidcSecretFile } from '../adapters/index.ts';
import type { OidcSettings, PipelineAudiences } from '../api/identity/oidc/settings.ts';
import type { Config } from '../config/config.ts';
import { GantryError } from '../domain/base/errors.ts';
import { readIn } from './keys/key-file.ts';

/**
 * The identity provider of a configuration, null without one. What proves Gantry to it stands in the file
 * `oidc-client-secret` of `GANTRY_SECRETS`; without that file Gantry is a public client. Throws `invalid-config`.
 */
export async function oidcSettings({ oidc, publicUrl, secrets }: Config): Promise<OidcSettings | null> {
  if (!oidc) return null;
  const { clientId, ...settings } = oidc;
  if (clientId === null || publicUrl === null) return { ...settings, login: null };
  return { ...settings, login: { clientId, publicUrl, clientSecret: await clientSecret(secrets) } };
}

/** Whom the tokens of pipelines may be meant for: this API by its address, or by the audience of its provider. */
export function pipelineAudiences({ oidc, publicUrl }: Pick<Config, 'oidc' | 'publicUrl'>): PipelineAudiences {
  // GitLab CI takes the address as somebody wrote it, which may end with a slash.
  const addresses = publicUrl === null ? [] : [publicUrl, `${publicUrl}/`];
  return [...(oidc ? [oidc.audience] : []), ...addresses];
}

async function clientSecret(folder: string | null): Promise<string | null> {
  const text = (await readIn(folder, oidcSecretFile))?.trim();
  if (text === '') throw new GantryError('invalid-config', `${join(folder ?? '', oidcSecretFile)} is empty.`);
  return text ?? null;
}
