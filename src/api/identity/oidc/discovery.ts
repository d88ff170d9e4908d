import { z } from 'zod';
import { GantryError } from '../../../domain/base/errors.ts';
import { withinLimit } from '../../../system/time-limit.ts';

/** The provider answers within this time, in milliseconds, or is taken for silent. */
export const providerMs = 5_000;

/** After this time what the provider says of itself is asked anew, in milliseconds. */
const freshMs = 60 * 60 * 1_000;

/** A provider that did not answer is left alone for so long, in milliseconds: its trouble must not become ours. */
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
 * What the provider says of itself (OpenID Connect Discovery 1.0), asked once an hour; what it said last holds while it
 * is silent. Throws `identity-unavailable`. `now` in milliseconds since the epoch.
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
