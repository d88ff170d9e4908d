import { z } from 'zod';
import { type ErrorIssue, GantryError } from '../domain/base/errors.ts';
import { type Slots, usualSlots } from '../domain/base/task-queues.ts';
import { readSecretFiles, type SecretSources } from '../system/secret-files.ts';
import type { Secret } from './secret.ts';
import { variables } from './variables.ts';

export type StoreAddress =
  | {
      readonly kind: 'postgres';
      readonly url: Secret;
      /** Of PostgreSQL itself, for the connection that listens; null: as `url` says. */
      readonly listenUrl: Secret | null;
    }
  | { readonly kind: 'pglite'; readonly folder: string };

export interface TlsFiles {
  readonly serverName: string | null;
  readonly serverCa: string | null;
  readonly clientCertificate: string | null;
  readonly clientKey: string | null;
}

/** An OpenID provider whose tokens count, and by which browsers log in. */
export interface OidcConfig {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  /** Null: nobody logs in by a browser. */
  readonly clientId: string | null;
}

export interface Config {
  /** The policy's file. */
  readonly policy: string | null;
  /** The folder that holds one folder per procedure. */
  readonly procedures: string | null;
  readonly store: StoreAddress | null;
  readonly listen: { readonly host: string; readonly port: number };
  /** Of an API: for so long it goes on working after it was told to end, and says that it is not ready; milliseconds. */
  readonly drainMs: number;
  /** Addresses and networks of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` count. */
  readonly trustedProxies: readonly string[];
  /** Where a worker keeps the public keys of the API that it knew last. */
  readonly trustFile: string | null;
  /** The folder that records are exported to. */
  readonly records: string;
  /** A folder with one file per secret. */
  readonly secrets: string | null;
  /** Where browsers reach the API: an origin. */
  readonly publicUrl: string | null;
  /** Null: keys only. */
  readonly oidc: OidcConfig | null;
  /** Of a worker: how many activities of each queue it has under way at most. */
  readonly slots: Slots;
  /** Of a worker: what its build is called, `unversioned` for none; null: what it says itself. */
  readonly build: string | null;
  /** Where the commands of procedures are looked for. */
  readonly path: string | null;
  /** Of a worker: whom the commands of procedures run as, by name or `uid:gid`; null: as the worker. */
  readonly commandUser: string | null;
  /** What is secret in this configuration. */
  readonly credentials: {
    /** The files that it was read from. */
    readonly files: readonly string[];
    /** Variables that held it themselves, for everybody to see who may look at this process. */
    readonly exposed: readonly string[];
  };
  readonly temporal: {
    /** `host:port`; null: nobody said. */
    readonly address: string | null;
    readonly namespace: string;
    readonly apiKey: Secret | null;
    /** Null: no TLS. */
    readonly tls: TlsFiles | null;
  };
}

/** What a process cannot do without, by the variable that gives it. */
const needable = { policy: 'GANTRY_POLICY', procedures: 'GANTRY_PROCEDURES', store: 'GANTRY_STORE' } as const;

/** Variables that mean nothing without others. */
const companions: Readonly<Record<string, readonly string[]>> = {
  GANTRY_STORE_LISTEN: ['GANTRY_STORE'],
  GANTRY_OIDC_ISSUER: ['GANTRY_OIDC_AUDIENCE'],
  GANTRY_OIDC_AUDIENCE: ['GANTRY_OIDC_ISSUER'],
  GANTRY_OIDC_ALGORITHMS: ['GANTRY_OIDC_ISSUER'],
  GANTRY_OIDC_CLIENT_ID: ['GANTRY_OIDC_ISSUER', 'GANTRY_PUBLIC_URL'],
};
type Needable = keyof typeof needable;
export type ConfigWith<Needed extends Needable> = Config & {
  readonly [name in Needed]: NonNullable<Config[name]>;
};

/**
 * Reads the configuration, once: nothing else in Gantry looks at the environment. The result is frozen, its secrets
 * print as `[secret]`. Throws `invalid-config` that names every variable that is wrong or missing.
 */
export function readConfig<Needed extends Needable = never>(
  environment: Readonly<Record<string, string | undefined>>,
  needed: readonly Needed[] = [],
): ConfigWith<Needed> {
  const sources = readSecretFiles(environment);
  const given = Object.fromEntries(
    Object.keys(variables).flatMap((name) => (sources.environment[name] ? [[name, sources.environment[name]]] : [])),
  );
  const parsed = z
    .object(variables)
    .superRefine((read, context) => {
      const pair = ['TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_TLS_CLIENT_KEY_PATH'] as const;
      const missing = pair.find((name) => read[name] === undefined);
      if (missing && pair.some((name) => read[name] !== undefined))
        context.addIssue({
          code: 'custom',
          path: [missing],
          message: 'a client certificate and its key come together',
        });
      if (read.GANTRY_STORE?.kind === 'pglite' && read.GANTRY_STORE_LISTEN !== undefined)
        context.addIssue({
          code: 'custom',
          path: ['GANTRY_STORE_LISTEN'],
          message: 'a store in a folder has no other address',
        });
    })
    .safeParse(given);
  const issues = (parsed.error?.issues ?? []).map((issue) => fault(String(issue.path[0] ?? ''), issue.message));
  for (const { name, message } of sources.faults) issues.push(fault(name, message));
  const isFaulty = (name: string) => sources.faults.some((one) => one.name === `${name}_FILE`);
  for (const name of needed)
    if (given[needable[name]] === undefined && !isFaulty(needable[name]))
      issues.push(fault(needable[name], 'is not set'));
  for (const [name, others] of Object.entries(companions))
    for (const other of others)
      if (given[name] !== undefined && given[other] === undefined) issues.push(fault(other, `${name} needs it`));
  if (issues.length > 0 || !parsed.success)
    throw new GantryError('invalid-config', issues.map(({ detail }) => detail).join('; '), { issues });
  return deepFreeze(shape(parsed.data, sources)) as ConfigWith<Needed>;
}

type Read = z.output<z.ZodObject<typeof variables>>;

function shape(read: Read, { files: secretFiles, exposed }: SecretSources): Config {
  const files: TlsFiles = {
    serverName: read.TEMPORAL_TLS_SERVER_NAME ?? null,
    serverCa: read.TEMPORAL_TLS_SERVER_CA_CERT_PATH ?? null,
    clientCertificate: read.TEMPORAL_TLS_CLIENT_CERT_PATH ?? null,
    clientKey: read.TEMPORAL_TLS_CLIENT_KEY_PATH ?? null,
  };
  // A key never travels in the clear, and whoever names a certificate means TLS.
  const isImplied = read.TEMPORAL_API_KEY !== undefined || Object.values(files).some((value) => value !== null);
  return {
    policy: read.GANTRY_POLICY ?? null,
    procedures: read.GANTRY_PROCEDURES ?? null,
    store: storeOf(read),
    listen: read.GANTRY_LISTEN,
    drainMs: read.GANTRY_DRAIN,
    trustedProxies: read.GANTRY_TRUST_PROXY ?? [],
    trustFile: read.GANTRY_TRUST_FILE ?? null,
    records: read.GANTRY_RECORDS,
    secrets: read.GANTRY_SECRETS ?? null,
    publicUrl: read.GANTRY_PUBLIC_URL ?? null,
    oidc: oidcOf(read),
    build: read.GANTRY_BUILD ?? null,
    slots: {
      main: read.GANTRY_SLOTS_MAIN ?? usualSlots.main,
      actions: read.GANTRY_SLOTS_ACTIONS ?? usualSlots.actions,
      monitors: read.GANTRY_SLOTS_MONITORS ?? usualSlots.monitors,
      waits: read.GANTRY_SLOTS_WAITS ?? usualSlots.waits,
      rollback: read.GANTRY_SLOTS_ROLLBACK ?? usualSlots.rollback,
    },
    path: read.PATH === undefined ? null : absoluteParts(read.PATH),
    commandUser: read.GANTRY_COMMAND_USER ?? null,
    credentials: { files: secretFiles, exposed },
    temporal: {
      address: read.TEMPORAL_ADDRESS ?? null,
      namespace: read.TEMPORAL_NAMESPACE,
      apiKey: read.TEMPORAL_API_KEY ?? null,
      tls: (read.TEMPORAL_TLS ?? isImplied) ? files : null,
    },
  };
}

function storeOf({ GANTRY_STORE: store, GANTRY_STORE_LISTEN: listenUrl }: Read): StoreAddress | null {
  return store?.kind === 'postgres' ? { ...store, listenUrl: listenUrl ?? null } : (store ?? null);
}

function oidcOf(read: Read): OidcConfig | null {
  const { GANTRY_OIDC_ISSUER: issuer, GANTRY_OIDC_AUDIENCE: audience } = read;
  if (issuer === undefined || audience === undefined) return null;
  return { issuer, audience, algorithms: read.GANTRY_OIDC_ALGORITHMS, clientId: read.GANTRY_OIDC_CLIENT_ID ?? null };
}

function fault(name: string, message: string): ErrorIssue {
  return { pointer: `/${name}`, code: 'invalid-config', detail: `${name}: ${message}` };
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (member !== null && typeof member === 'object') deepFreeze(member);
  return Object.freeze(value);
}

/** An empty or relative part of PATH means the folder that a command runs in, where whoever wrote the procedure puts files. */
export function absoluteParts(path: string): string {
  return path
    .split(':')
    .filter((part) => part.startsWith('/'))
    .join(':');
}
