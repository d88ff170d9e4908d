import type { FastifyRequest } from 'fastify';

/** The cookies of Gantry: that of a browser's session, and that of a login that it has begun. */
const cookieNames = { session: 'gantry_session', login: 'gantry_login' } as const;

/** A session ends after 8 hours, in milliseconds. */
export const sessionMs = 8 * 60 * 60 * 1_000;

/** How Gantry's cookies are set: no script reads them, and in the clear they go over loopback only. */
export function cookieOptions(publicUrl: string) {
  return { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure(publicUrl) } as const;
}

/**
 * What a cookie is called. Over TLS no other host of the same domain, and nobody in between, can set one of a name with
 * `__Host-`; in the clear browsers take no such name.
 */
export function cookieName(which: keyof typeof cookieNames, publicUrl: string): string {
  return `${isSecure(publicUrl) ? '__Host-' : ''}${cookieNames[which]}`;
}

const isSecure = (publicUrl: string) => publicUrl.startsWith('https:');

/**
 * Whether a request that a cookie speaks for may do what it asks: reading, or anything from Gantry's own page. The
 * browser says where it comes from; one that does not say is not believed.
 */
export function isSameOrigin(
  { method, headers }: Pick<FastifyRequest, 'method' | 'headers'>,
  publicUrl: string,
): boolean {
  if (method === 'GET' || method === 'HEAD') return true;
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  if (site === undefined && origin === undefined) return false;
  return (
    (site === undefined || site === 'same-origin') && (origin === undefined || origin === new URL(publicUrl).origin)
  );
}
