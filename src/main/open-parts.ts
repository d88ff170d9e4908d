import type { Config, StoreAddress } from '../config.ts';
import { openStore, type Store } from '../store/index.ts';
import type { TemporalEndpoint } from '../temporal/connection.ts';
import { tlsOf } from './tls.ts';

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

/** Opens the store that the configuration names. `log` is told what an operator should know of it. */
export function openStoreAt(address: StoreAddress, log?: (line: string) => void): Promise<Store> {
  const told = log ? { log } : {};
  if (address.kind === 'pglite') return openStore(`pglite:${address.folder}`, told);
  const { url, listenUrl } = address;
  return openStore(url.reveal(), { ...told, ...(listenUrl === null ? {} : { listenAddress: listenUrl.reveal() }) });
}

/**
 * The same, for a process that works on it: throws `not-ready` while it lacks a migration that this build needs,
 * `schema-too-new` where a newer build has left this one behind.
 */
export async function openMigratedStore(address: StoreAddress, log?: (line: string) => void): Promise<Store> {
  const store = await openStoreAt(address, log);
  try {
    await store.checkSchema();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}
