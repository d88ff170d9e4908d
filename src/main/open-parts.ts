import { readFile } from 'node:fs/promises';
import type { TLSConfig } from '@temporalio/client';
import type { Config, StoreAddress, TlsFiles } from '../config/config.ts';
import { GantryError, hasCode } from '../domain/base/errors.ts';
import { openStore, type Store } from '../store/index.ts';
import type { TemporalEndpoint } from '../temporal/connection.ts';

/** Temporal's own default. */
const usualAddress = '127.0.0.1:7233';

export async function endpointOf({ temporal }: Config): Promise<TemporalEndpoint> {
  const { address, namespace, apiKey, tls } = temporal;
  return {
    address: address ?? usualAddress,
    namespace,
    ...(tls === null ? {} : { tls: await tlsOf(tls) }),
    ...(apiKey === null ? {} : { apiKey: apiKey.reveal() }),
  };
}

/** Throws `invalid-config` that names the file that cannot be read. */
async function tlsOf({ serverName, serverCa, clientCertificate, clientKey }: TlsFiles): Promise<TLSConfig> {
  const [serverRootCACertificate, crt, key] = await Promise.all([serverCa, clientCertificate, clientKey].map(read));
  return {
    ...(serverName === null ? {} : { serverNameOverride: serverName }),
    ...(serverRootCACertificate ? { serverRootCACertificate } : {}),
    ...(crt && key ? { clientCertPair: { crt, key } } : {}),
  };
}

async function read(file: string | null): Promise<Buffer | null> {
  if (file === null) return null;
  return readFile(file).catch((cause: unknown) => {
    throw new GantryError('invalid-config', `${file} cannot be read.`, { cause });
  });
}

/** Where a store is, without the user that opens it. */
export function placeOf(address: StoreAddress): string {
  if (address.kind === 'pglite') return `pglite:${address.folder}`;
  const text = address.url.reveal();
  if (!URL.canParse(text)) return '';
  const { host, pathname } = new URL(text);
  return `postgres://${host}${pathname}`;
}

export interface OpenStoreOptions {
  /** Takes what an operator should know of it. */
  readonly log?: (line: string) => void;
  /** Opens it though it gives no answer, and logs that. */
  readonly mayBeSilent?: boolean;
}

/** Opens the store that the configuration names. */
export function openStoreAt(address: StoreAddress, options: OpenStoreOptions = {}): Promise<Store> {
  if (address.kind === 'pglite') return openStore(`pglite:${address.folder}`, options);
  const { url, listenUrl } = address;
  return openStore(url.reveal(), { ...options, ...(listenUrl === null ? {} : { listenAddress: listenUrl.reveal() }) });
}

/**
 * The same, for a process that works on it: throws `not-ready` while it lacks a migration that this build needs,
 * `schema-too-new` where a newer build has left this one behind.
 */
export async function openMigratedStore(address: StoreAddress, options: OpenStoreOptions = {}): Promise<Store> {
  const store = await openStoreAt(address, options);
  try {
    await store.checkSchema();
    return store;
  } catch (error) {
    if (options.mayBeSilent && hasCode(error, 'store-unavailable')) {
      options.log?.(`The store gives no answer (${error.message}): only what is under way goes on until it does.`);
      return store;
    }
    await store.close();
    throw error;
  }
}
