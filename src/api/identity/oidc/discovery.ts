import { z } from 'zod';
import { GantryError } from '../../../domain/base/errors.ts';
import { withinLimit } from '../../../system/time-limit.ts';

/** A provider that does not answer within this time, in milliseconds, counts as unavailable. */
export const providerMs = 5_000;

/** How long the provider's metadata is used before it is read again, in milliseconds. */
const freshMs = 60 * 60 * 1_000;

/** How long a provider that did not answer is not asked again, in milliseconds. */
const cooldownMs = 2_000;

/** Whether a URL may be asked: in the clear on loopback only. */
export function isSafeUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname));
}

const endpoint = z.string().refine(isSafeUrl, 'an https address');
const metadataSchema = z.looseObject({
  issuer: z.string(),
  jwks_uri: endpoint,
  authorization_endpoint: endpoint.exactOptional(),
  token_endpoint: endpoint.exactOptional(),
});
export type ProviderMetadata = z.infer<typeof metadataSchema>;

export function providerSilent(cause: unknown): GantryError {
  return new GantryError('identity-unavailable', 'The identity provider does not answer as it should.', { cause });
}

/**
 * The provider's metadata (OpenID Connect Discovery 1.0), read once an hour; the last one is used while the provider does
 * not answer. Throws `identity-unavailable`. `now` in milliseconds since the epoch.
 */
export function createDiscovery(issuer: string, now: () => number): () => Promise<ProviderMetadata> {
  let known: ProviderMetadata | null = null;
  let askAgainAt = 0;
  let failure: GantryError | null = null;
  let asking: Promise<void> | null = null;
  const ask = async () => {
    try {
      known = await fetchMetadata(issuer);
      failure = null;
      askAgainAt = now() + freshMs;
    } catch (error) {
      failure = providerSilent(error);
      askAgainAt = now() + cooldownMs;
    } finally {
      asking = null;
    }
  };
  return async () => {
    if (now() >= askAgainAt) {
      asking ??= ask();
      await asking;
    }
    if (known) return known;
    throw failure ?? providerSilent(null);
  };
}

async function fetchMetadata(issuer: string): Promise<ProviderMetadata> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  return withinLimit(providerMs, async (signal) => {
    const answer = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'error', signal });
    if (!answer.ok) throw new Error(`${url} answers ${answer.status}.`);
    const metadata = metadataSchema.parse(await answer.json());
    if (metadata.issuer !== issuer) throw new Error(`${url} speaks for ${metadata.issuer}.`);
    return metadata;
  });
}
