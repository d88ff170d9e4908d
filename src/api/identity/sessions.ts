import type { FastifyRequest } from 'fastify';

/** Gantry's cookies: one for a session, one for a login under way. */
const cookieNames = { session: 'gantry_session', login: 'gantry_login' } as const;

/** A session ends after 8 hours, in milliseconds. */
export const sessionMs = 8 * 60 * 60 * 1_000;

/** The attributes of Gantry's cookies: scripts cannot read them, and only loopback gets them over plain HTTP. */
export function cookieOptions(publicUrl: string) {
  return { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure(publicUrl) } as const;
}

/**
 * The name of a cookie. Over TLS it has the prefix `__Host-`, so that no other host of the domain can set it; over plain HTTP
 * browsers refuse that prefix.
 */
export function cookieName(which: keyof typeof cookieNames, publicUrl: string): string {
  return `${isSecure(publicUrl) ? '__Host-' : ''}${cookieNames[which]}`;
}

const isSecure = (publicUrl: string) => publicUrl.startsWith('https:');

/**
 * Whether a request with a session cookie is allowed: reads are, anything else only from Gantry's own origin. A request whose
 * browser does not send its origin is not.
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
