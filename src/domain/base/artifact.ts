// What an artifact is named by. The schema is made of this, and so are the readers of workflows, which load no schemas.

/** Where it is: at most 512 letters, digits and marks. */
export const artifactUriPattern = /^[A-Za-z0-9._~:/@%+=,?#&-]{1,512}$/;

/** Why an artifact's uri is not taken, though its letters are; null: it is. */
export function artifactUriFault(uri: string, digest: string): string | null {
  if (uri.startsWith('-')) return 'a uri that begins with a hyphen would be read as an option';
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i.test(uri)) return 'a uri holds no credentials';
  const [path = ''] = uri.split(/[?#]/);
  const segments = path.replaceAll(/%2e/gi, '.').split(/\/|%2f/i);
  if (segments.some((segment) => segment === '.' || segment === '..')) return 'a uri has no . or .. between slashes';
  const own = uri.match(/sha256[:-][0-9a-f]{64}(?![0-9a-f])/gi) ?? [];
  const isOther = own.some((one) => one.toLowerCase().replace('-', ':') !== digest);
  return isOther ? 'the uri names another digest than `digest`' : null;
}

/** What it is: `sha256:` and 64 hex digits, as all digests here. */
export const digestPattern = /^sha256:[0-9a-f]{64}$/;
export const digestWords = 'write sha256: and 64 lower-case hex digits';
