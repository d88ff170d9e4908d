import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { configurationKeyFile, pageKeyFile } from '../adapters/index.ts';
import type { Config } from '../config/config.ts';
import { GantryError } from '../domain/base/errors.ts';
import { openPolicy } from '../files/policy.ts';
import { openProcedures } from '../files/procedure.ts';
import { openStore } from '../store/index.ts';
import { isLoopback } from '../system/loopback.ts';
import { connect, type TemporalEndpoint } from '../temporal/connection.ts';
import { type KeptDevServer, keepDevServer } from '../temporal/dev-server/kept.ts';
import { registerSearchAttributes } from '../temporal/search-attributes.ts';
import { closeWorkerConnection, connectWorker } from '../temporal/worker-connection.ts';
import { startApi } from './api.ts';
import { workerDeps } from './assemble.ts';
import { roomIn, watchDisk } from './disk-room.ts';
import { type Endpoints, readEndpoints, writeEndpoints } from './endpoints.ts';
import { requireFree } from './free-port.ts';
import { isolationIn } from './isolation.ts';
import { ensureAttestationKey } from './keys/attestation-key.ts';
import { keepTokens } from './keys/keep-tokens.ts';
import { ensureKeyFile } from './keys/key-file.ts';
import { ensureMessageKeys } from './keys/message-key.ts';
import { registerKeys } from './keys/register-keys.ts';
import { keepLooking, supervise } from './lookout.ts';
import { oidcSettings } from './oidc-settings.ts';
import { endpointOf } from './open-parts.ts';
import type { Running } from './run-until-signal.ts';
import { keepUp } from './upkeep.ts';
import { clientOf, startWorker } from './worker.ts';

export interface DevOptions {
  readonly config: Config;
  /** Keeps everything over a restart; made with mode 0700. */
  readonly data: string;
  /** Policy and procedures where the configuration names none. */
  readonly example: { readonly policy: string; readonly procedures: string };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Hears what goes on, a line at a time. */
  readonly say: (line: string) => void;
}

export interface RunningDev extends Running {
  readonly endpoints: Endpoints;
  readonly tokens: Readonly<Record<string, string>>;
  readonly policyFile: string;
  /** The folder that records are written to. */
  readonly records: string;
}

/**
 * A folder that nobody else can look into. One that is there already stays as it is: it may be somebody's home, or hold
 * more than ours. Throws `invalid-config` where others may enter it.
 */
async function ownFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { mode } = await stat(folder);
  if ((mode & 0o077) !== 0)
    throw new GantryError(
      'invalid-config',
      `Others than its owner may enter ${folder}, where keys and tokens would lie: name another folder, or say chmod 700.`,
    );
}

/**
 * `gantry dev`: API, worker, store and Temporal in one process tree, on loopback only. Where `TEMPORAL_ADDRESS` names a
 * server, that one takes the place of the embedded one. Resolves once requests are accepted. Throws `store-locked` when another one uses the folder, `invalid-config`, `temporal-not-found`.
 */
export async function startDev({ config, data, example, environment, say }: DevOptions): Promise<RunningDev> {
  if (!isLoopback(config.listen.host))
    throw new GantryError('invalid-config', 'gantry dev listens on loopback only; use gantry api for anything else.');
  await requireFree(config.listen);
  const policyFile = config.policy ?? example.policy;
  const policy = await openPolicy(policyFile, say);
  const proceduresFolder = config.procedures ?? example.procedures;
  const procedures = await openProcedures(proceduresFolder);
  await ownFolder(data);

  const ends: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    // Side by side, since a new store takes seconds; a start that fails is not waited for, the process ends with it.
    const [store, temporal] = await Promise.all([
      openStore(`pglite:${join(data, 'store')}`).then((opened) => {
        ends.unshift(() => opened.close());
        return opened;
      }),
      reachTemporal({ config, data, environment, say }).then((reached) => {
        ends.push(reached.stop);
        return reached;
      }),
    ]);
    await store.migrate();
    const signingKeys = await registerKeys(store, await ensureMessageKeys(data), say);
    const { endpoint } = temporal;
    const { namespace } = endpoint;
    const client = await connect(endpoint);
    ends.push(client.close);
    await registerSearchAttributes(client.connection, namespace);
    const connection = await connectWorker(endpoint);
    ends.push(() => closeWorkerConnection(connection));
    const attestationKey = await ensureAttestationKey(data);
    const pageKey = await ensureKeyFile(data, pageKeyFile);
    const configurationKey = await ensureKeyFile(data, configurationKeyFile);
    const isolation = await isolationIn(config, say, {
      secret: [data],
      policy: policyFile,
      procedures: proceduresFolder,
    });
    let address: string | null = null;
    const deps = workerDeps({
      store,
      policy,
      procedures,
      client: clientOf(connection, namespace),
      recordsFolder: config.records,
      secretsFolder: config.secrets,
      attestationKey,
      pageKey,
      configurationKey,
      isolation,
      closedFolders: [data, ...config.credentials.files],
      path: config.path ?? undefined,
      publicUrl: () => config.publicUrl ?? address,
      log: say,
    });
    const worker = await startWorker({ connection, namespace, deps, slots: config.slots });
    ends.push(() => worker.stop());
    const tokens = await keepTokens(store, policy, join(data, 'tokens.json'), say);
    ends.push(() => tokens.stop());
    const oidc = await oidcSettings(config);
    const trust = { signingKeys, attestationKeys: [attestationKey], pageKey, oidc };
    const { listen, trustedProxies } = config;
    // Nobody balances load over one process on loopback.
    const room = roomIn([data, config.records]);
    const how = { listen, trustedProxies, drainMs: 0, commands: isolation, roomFault: room };
    const api = await startApi({ store, client: client.client, policy, procedures, ...trust, ...how });
    address = api.url;
    await supervise(client.client, say);
    const lookout = keepLooking({ store, client: client.client, policy, notify: deps.notify, log: say });
    ends.push(() => lookout.stop());
    const disk = watchDisk({ room, store, policy, notify: deps.notify });
    ends.push(() => disk.stop());
    const upkeep = keepUp({ store, sweeps: true, log: say });
    ends.push(() => upkeep.stop());
    // Side by side: each may take its whole time.
    ends.push(() => Promise.all([api.stop(), worker.stop()]).then(() => undefined));
    const endpoints = { api: api.url, temporal: endpoint.address, temporalUi: temporal.uiUrl };
    await writeEndpoints(data, endpoints);
    const failed = Promise.race([worker.stopped.then(() => new Promise<never>(() => {})), temporal.failed]);
    return { endpoints, tokens: tokens.tokens, policyFile, records: resolve(config.records), stop, failed };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Temporal extends Pick<KeptDevServer, 'uiUrl' | 'stop' | 'failed'> {
  readonly endpoint: TemporalEndpoint;
}

/** The server that the configuration names, else one of our own. */
async function reachTemporal({ config, data, environment, say }: Omit<DevOptions, 'example'>): Promise<Temporal> {
  const { address, namespace } = config.temporal;
  if (address !== null) {
    const endpoint = await endpointOf(config);
    return { endpoint, uiUrl: null, stop: () => Promise.resolve(), failed: new Promise(() => {}) };
  }
  const before = await readEndpoints(data);
  const server = await keepDevServer({
    environment,
    dataDir: join(data, 'temporal'),
    logFile: join(data, 'temporal.log'),
    namespace,
    // Without a page it was not ours.
    before: before?.temporalUi == null ? null : { address: before.temporal, uiUrl: before.temporalUi },
    say,
  });
  return { ...server, endpoint: { address: server.address, namespace } };
}
