import { z } from 'zod';
import { type ErrorIssue, GantryError } from '../domain/base/errors.ts';
import type { Slots } from '../domain/base/task-queues.ts';
import { readSecretFiles, type SecretSources } from '../system/secret-files.ts';
import { variables } from './variables.ts';

export type StoreAddress = NonNullable<ReturnType<typeof storeOf>>;
export type TlsFiles = ReturnType<typeof tlsFilesOf>;
/** The configuration of a process. Null: not set. */
export type Config = Readonly<ReturnType<typeof shape>>;

/** What a process may require, by the variable that sets it. */
const needable = { policy: 'GANTRY_POLICY', procedures: 'GANTRY_PROCEDURES', store: 'GANTRY_STORE' } as const;

/** Variables that mean nothing without others. */
const companions: Readonly<Record<string, readonly string[]>> = {
  GANTRY_STORE_LISTEN: ['GANTRY_STORE'],
  GANTRY_OIDC_ISSUER: ['GANTRY_OIDC_AUDIENCE'],
  GANTRY_OIDC_AUDIENCE: ['GANTRY_OIDC_ISSUER'],
  GANTRY_OIDC_ALGORITHMS: ['GANTRY_OIDC_ISSUER'],
  GANTRY_OIDC_CLIENT_ID: ['GANTRY_OIDC_ISSUER', 'GANTRY_PUBLIC_URL'],
  GANTRY_OIDC_CLI_CLIENT_ID: ['GANTRY_OIDC_ISSUER'],
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
      const refused = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message });
      const pair = ['TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_TLS_CLIENT_KEY_PATH'] as const;
      const missing = pair.find((name) => read[name] === null);
      if (missing && pair.some((name) => read[name] !== null))
        refused(missing, 'a client certificate and its key come together');
      if (read.GANTRY_STORE?.kind === 'pglite' && read.GANTRY_STORE_LISTEN !== null)
        refused('GANTRY_STORE_LISTEN', 'a store in a folder has no other address');
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

function shape(read: Read, { files: secretFiles, exposed }: SecretSources) {
  const files = tlsFilesOf(read);
  // A key never travels in the clear, and a certificate implies TLS.
  const isImplied = read.TEMPORAL_API_KEY !== null || Object.values(files).some((value) => value !== null);
  const slots: Slots = {
    main: read.GANTRY_SLOTS_MAIN,
    actions: read.GANTRY_SLOTS_ACTIONS,
    monitors: read.GANTRY_SLOTS_MONITORS,
    waits: read.GANTRY_SLOTS_WAITS,
    rollback: read.GANTRY_SLOTS_ROLLBACK,
  };
  return {
    /** The policy's file. */
    policy: read.GANTRY_POLICY,
    /** The folder that holds one folder per procedure. */
    procedures: read.GANTRY_PROCEDURES,
    store: storeOf(read),
    listen: read.GANTRY_LISTEN,
    /** Of an API: how long it goes on working after it was asked to end, and says that it is not ready; milliseconds. */
    drainMs: read.GANTRY_DRAIN,
    /** Addresses and networks of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` count. */
    trustedProxies: read.GANTRY_TRUST_PROXY,
    /** Where a worker keeps the public keys of the API that it knew last. */
    trustFile: read.GANTRY_TRUST_FILE,
    /** The folder that records are exported to. */
    records: read.GANTRY_RECORDS,
    /** A folder with one file per secret. */
    secrets: read.GANTRY_SECRETS,
    /** Where browsers reach the API: an origin. */
    publicUrl: read.GANTRY_PUBLIC_URL,
    /** Null: keys only. */
    oidc: oidcOf(read),
    /** Of a worker: how many activities of each queue it has under way at most. */
    slots,
    /** Of a worker: what its build is called, `unversioned` for none; null: what it says itself. */
    build: read.GANTRY_BUILD,
    /** Where the commands of procedures are looked for. */
    path: read.PATH === null ? null : absoluteParts(read.PATH),
    /** Of a worker: whom the commands of procedures run as, by name or `uid:gid`; null: as the worker. */
    commandUser: read.GANTRY_COMMAND_USER,
    /** What is secret here: the files it was read from, and variables that anybody sees who may look at this process. */
    credentials: { files: secretFiles, exposed },
    temporal: {
      /** `host:port`. */
      address: read.TEMPORAL_ADDRESS,
      namespace: read.TEMPORAL_NAMESPACE,
      /** Where browsers reach Temporal's own page. */
      uiUrl: read.GANTRY_TEMPORAL_UI,
      apiKey: read.TEMPORAL_API_KEY,
      /** Null: no TLS. */
      tls: (read.TEMPORAL_TLS ?? isImplied) ? files : null,
    },
  };
}

function tlsFilesOf(read: Read) {
  return {
    serverName: read.TEMPORAL_TLS_SERVER_NAME,
    serverCa: read.TEMPORAL_TLS_SERVER_CA_CERT_PATH,
    clientCertificate: read.TEMPORAL_TLS_CLIENT_CERT_PATH,
    clientKey: read.TEMPORAL_TLS_CLIENT_KEY_PATH,
  };
}

/** `listenUrl`: of PostgreSQL itself, for the connection that listens; null: as `url` says. */
function storeOf({ GANTRY_STORE: store, GANTRY_STORE_LISTEN: listenUrl }: Read) {
  return store?.kind === 'postgres' ? { ...store, listenUrl } : store;
}

/** An OpenID provider whose tokens count, and by which browsers (`clientId`) and the command line (`cliClientId`) log in. */
function oidcOf(read: Read) {
  const { GANTRY_OIDC_ISSUER: issuer, GANTRY_OIDC_AUDIENCE: audience } = read;
  if (issuer === null || audience === null) return null;
  return {
    issuer,
    audience,
    algorithms: read.GANTRY_OIDC_ALGORITHMS,
    clientId: read.GANTRY_OIDC_CLIENT_ID,
    cliClientId: read.GANTRY_OIDC_CLI_CLIENT_ID,
  };
}

function fault(name: string, message: string): ErrorIssue {
  return { pointer: `/${name}`, code: 'invalid-config', detail: `${name}: ${message}` };
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (member !== null && typeof member === 'object') deepFreeze(member);
  return Object.freeze(value);
}

/** PATH without empty and relative parts: they mean the folder that a command runs in, where procedures put files. */
export function absoluteParts(path: string): string {
  return path
    .split(':')
    .filter((part) => part.startsWith('/'))
    .join(':');
}
