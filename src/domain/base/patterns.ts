// What texts may look like. Schemas are made of these, and so are the readers of workflows, which load no schemas.

/** Services, environments, procedures, steps, checks, roles, parameters, secrets, slots. */
export const namePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
export const nameWords = 'use 1 to 63 lower-case letters, digits and inner hyphens';

/** Besides, a release has no `..`. */
export const releasePattern = /^[A-Za-z0-9][A-Za-z0-9._+~@-]{0,62}$/;

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
export const digestPattern = /^sha256:[0-9a-f]{64}$/;
export const digestWords = 'write sha256: and 64 lower-case hex digits';

/** How Gantry identifies a person or robot: `key:alice`, `oidc:https://idp.example/|bob`. */
export const subjectPattern = /^(key|oidc):[A-Za-z0-9._~:/@|+=,-]{1,250}$/;
export const subjectWords = 'write key:<name> or oidc:<issuer>|<subject>';

/** The id of a message, which counts once. */
export const messageIdPattern = /^[A-Za-z0-9._:-]{1,100}$/;
export const messageIdWords = 'use 1 to 100 letters, digits and ._:-';

/** What a proof is made of, in hex: its nonce, the id of a key, a signature. */
export const hexPattern = (digits: number) => new RegExp(`^[0-9a-f]{${digits}}$`);
export const hexWords = (digits: number) => `write ${digits} lower-case hex digits`;

/** A moment as the API writes it, in UTC. */
export const momentPattern = /^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(\.\d{1,9})?Z$/;
export const momentWords = 'write a time in UTC such as 2026-11-23T08:12:40.000Z';

/** Whether a text that people write holds nothing that no file, digest or argument could hold. */
export function isPlainText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
export const plainTextWords = 'text has no NUL and no lone surrogates';
