import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { parseDuration } from '../domain/base/duration.ts';
import { usualSlots } from '../domain/base/task-queues.ts';
import { Secret } from './secret.ts';

const text = z.string().trim().min(1).max(4096);
const flag = z
  .enum(['true', 'false', '1', '0'], 'write true or false')
  .transform((word) => ['true', '1'].includes(word));
const listen = text
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+):\d{1,5}$/, 'write host:port, such as 127.0.0.1:8080')
  .transform((value) => {
    const at = value.lastIndexOf(':');
    return { host: value.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(value.slice(at + 1)) };
  })
  .refine(({ port }) => port <= 65535, 'a port is at most 65535');
const store = text.transform((value, context) => {
  const folder = /^pglite:(.+)$/.exec(value)?.[1];
  if (folder !== undefined) return { kind: 'pglite' as const, folder };
  if (/^postgres(ql)?:\/\//.test(value) && URL.canParse(value))
    return { kind: 'postgres' as const, url: new Secret(value) };
  // The value may hold a password, so it is not repeated.
  context.addIssue({ code: 'custom', message: 'write postgres://… or pglite:<folder>' });
  return z.NEVER;
});

/** Only PostgreSQL can be behind a pooler. The value may hold a password, so it is not repeated. */
const storeListen = text
  .refine((value) => /^postgres(ql)?:\/\//.test(value) && URL.canParse(value), 'write postgres://…')
  .transform((value) => new Secret(value));
const address = text.regex(/^[^\s/]+:\d{1,5}$/, 'write host:port, such as 127.0.0.1:7233');

/** An address that people's browsers or Gantry trust: in the clear on loopback only, and nothing secret in it. */
const webAddress = text.superRefine((value, context) => {
  const fault = webAddressFault(value);
  if (fault !== null) context.addIssue({ code: 'custom', message: fault });
});
function webAddressFault(value: string): string | null {
  if (!URL.canParse(value)) return 'write an https address';
  const { protocol, hostname, username, password, search, hash } = new URL(value);
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback)) return 'write https: http is for loopback only';
  if ([username, password, search, hash].every((part) => part === '')) return null;
  return 'write an address without credentials, query or fragment';
}
const publicUrl = webAddress.transform((value, context) => {
  const { origin, pathname } = URL.canParse(value) ? new URL(value) : { origin: '', pathname: '/' };
  if (pathname === '/') return origin;
  context.addIssue({ code: 'custom', message: 'write an address without a path' });
  return z.NEVER;
});

/** Signatures by a private key of the provider: with HS256 everybody who knows the public key could sign, with `none` anybody. */
const algorithmNames = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');
const algorithms = text
  .transform((value) => value.split(',').map((name) => name.trim()))
  .refine((names) => names.every((name) => algorithmNames.includes(name)), `write some of ${algorithmNames.join(',')}`);

/** How long an API that is to end goes on working, in milliseconds: no longer than supervisors are likely to wait. */
const maxDrainMs = 300000;
const drain = text.transform((value, context) => {
  const ms = value === '0s' ? 0 : parseDuration(value);
  if (ms !== undefined && ms <= maxDrainMs) return ms;
  context.addIssue({ code: 'custom', message: 'write a time from 0s to 5m, such as 10s' });
  return z.NEVER;
});

/** Names that a list of proxies may use for whole ranges. */
const rangeNames = ['loopback', 'linklocal', 'uniquelocal'];

/** Proxies whose headers name the caller: never every address, or callers could set them themselves. */
const proxies = text
  .transform((value) => value.split(',').map((one) => one.trim()))
  .refine(
    (all) => all.every((one) => rangeNames.includes(one) || isNetwork(one)),
    `write addresses and networks, such as 10.0.0.7,10.1.0.0/16, or ${rangeNames.join(', ')}`,
  );

/** An address, or a network that is not all of them. */
function isNetwork(value: string): boolean {
  if (ipaddr.isValidCIDR(value)) return ipaddr.parseCIDR(value)[1] > 0;
  return ipaddr.IPv4.isValidFourPartDecimal(value) || ipaddr.IPv6.isValid(value);
}

/** How many activities may be under way at once. */
const slots = text.regex(/^[1-9]\d{0,4}$/, 'write a number from 1 to 99999').transform(Number);

/** A user of the worker's machine, by name or by number. */
const commandUser = text.regex(
  /^([a-z_][a-z0-9_.-]{0,31}|\d{1,10}:\d{1,10})$/,
  'write the name of a user, or <uid>:<gid> in numbers',
);

/** One that need not be set; null: it is not. */
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().default(null);

/** Every variable that Gantry reads; an empty one counts as absent. */
export const variables = {
  GANTRY_COMMAND_USER: optional(commandUser),
  GANTRY_POLICY: optional(text),
  GANTRY_PROCEDURES: optional(text),
  GANTRY_STORE: optional(store),
  GANTRY_STORE_LISTEN: optional(storeListen),
  GANTRY_LISTEN: listen.prefault('127.0.0.1:8080'),
  GANTRY_DRAIN: drain.prefault('5s'),
  GANTRY_TRUST_PROXY: proxies.default([]),
  GANTRY_TRUST_FILE: optional(text),
  GANTRY_RECORDS: text.prefault('.claude/processes'),
  GANTRY_SECRETS: optional(text),
  GANTRY_PUBLIC_URL: optional(publicUrl),
  GANTRY_OIDC_ISSUER: optional(webAddress),
  GANTRY_OIDC_AUDIENCE: optional(text),
  GANTRY_OIDC_ALGORITHMS: algorithms.prefault('RS256,ES256,EdDSA,PS256'),
  GANTRY_OIDC_CLIENT_ID: optional(text),
  GANTRY_OIDC_CLI_CLIENT_ID: optional(text),
  GANTRY_BUILD: optional(text.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'use 1 to 100 of letters, digits and ._-')),
  GANTRY_SLOTS_MAIN: slots.default(usualSlots.main),
  GANTRY_SLOTS_ACTIONS: slots.default(usualSlots.actions),
  GANTRY_SLOTS_MONITORS: slots.default(usualSlots.monitors),
  GANTRY_SLOTS_WAITS: slots.default(usualSlots.waits),
  GANTRY_SLOTS_ROLLBACK: slots.default(usualSlots.rollback),
  PATH: optional(z.string()),
  GANTRY_TEMPORAL_UI: optional(webAddress),
  TEMPORAL_ADDRESS: optional(address),
  TEMPORAL_NAMESPACE: text.regex(/^[A-Za-z0-9._-]{1,255}$/, 'write the name of a namespace').prefault('default'),
  TEMPORAL_API_KEY: optional(text.transform((value) => new Secret(value))),
  TEMPORAL_TLS: optional(flag),
  TEMPORAL_TLS_SERVER_NAME: optional(text),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: optional(text),
  TEMPORAL_TLS_CLIENT_CERT_PATH: optional(text),
  TEMPORAL_TLS_CLIENT_KEY_PATH: optional(text),
} as const;
