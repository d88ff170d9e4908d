import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { configurationKeyFile, pageKeyFile, removeLeftFolders } from '../adapters/index.ts';
import type { Config } from '../config/config.ts';
import { GantryError } from '../domain/base/errors.ts';
import { openPolicy } from '../files/policy.ts';
import { openProcedures } from '../files/procedure.ts';
import { openStore } from '../store/index.ts';
import { isLoopback } from '../system/loopback.ts';
import { own } from '../system/own-files.ts';
import { connect, type TemporalEndpoint } from '../temporal/connection.ts';
import { type KeptDevServer, keepDevServer } from '../temporal/dev-server/kept.ts';
import { registerSearchAttributes } from '../temporal/register-search-attributes.ts';
import { closeWorkerConnection, connectWorker } from '../temporal/worker-connection.ts';
import { startApi } from './api.ts';
import { workerDeps } from './assemble.ts';
import { type Endpoints, readEndpoints, writeEndpoints } from './endpoints.ts';
import { requireFree } from './free-port.ts';
import { isolationIn } from './isolation.ts';
import { ensureAttestationKey } from './keys/attestation-key.ts';
import { keepTokens } from './keys/keep-tokens.ts';
import { ensureKeyFile } from './keys/key-file.ts';
import { ensureMessageKeys } from './keys/message-key.ts';
import { registerKeys } from './keys/register-keys.ts';
import { oidcSettings, pipelineAudiences } from './oidc-settings.ts';
import { openInOrder } from './open-in-order.ts';
import { endpointOf } from './open-parts.ts';
import { clientOf, startWorker } from './queue-workers.ts';
import type { Running } from './run-until-signal.ts';
import { pagesOf } from './temporal-pages.ts';

export interface DevOptions {
  readonly config: Config;
  /** Keeps everything over a restart; made with mode 0700. */
  readonly data: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Takes what goes on, a line at a time. */
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
 * Makes a folder that only its owner can enter. One that is there already stays as it is: it may be a home folder, or hold
 * other files. Throws `invalid-config` where others may enter it.
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
 * server, that one takes the place of the embedded one; where the configuration names no policy or procedures, those of the
 * example do. Resolves once requests are accepted. Throws `store-locked` when another one uses the folder, `invalid-config`,
 * `temporal-not-found`.
 */
export async function startDev({ config: given, ...options }: DevOptions): Promise<RunningDev> {
  const { data, say } = options;
  const config = {
    ...given,
    policy: given.policy ?? own('examples/shop/policy.yaml'),
    procedures: given.procedures ?? own('examples/shop/procedures'),
  };
  if (!isLoopback(config.listen.host))
    throw new GantryError('invalid-config', 'gantry dev listens on loopback only; use gantry api for anything else.');
  await requireFree(config.listen);
  const policy = await openPolicy(config.policy, say);
  const procedures = await openProcedures(config.procedures);
  await ownFolder(data);

  return openInOrder(async (atEnd) => {
    // Side by side, since a new store takes seconds; a start that fails is not waited for, the process ends with it.
    const [store, temporal] = await Promise.all([
      openStore(`pglite:${join(data, 'store')}`).then((opened) => {
        atEnd(() => opened.close());
        return opened;
      }),
      reachTemporal({ config, ...options }).then((reached) => {
        atEnd(reached.stop);
        return reached;
      }),
    ]);
    await store.migrate();
    const signingKeys = await registerKeys(store, await ensureMessageKeys(data), say);
    const { endpoint } = temporal;
    const { namespace } = endpoint;
    const { client, connection: ofClient, close } = await connect(endpoint);
    atEnd(close);
    await registerSearchAttributes(ofClient, namespace);
    const connection = await connectWorker(endpoint);
    atEnd(() => closeWorkerConnection(connection));
    const attestationKey = await ensureAttestationKey(data);
    const pageKey = await ensureKeyFile(data, pageKeyFile);
    const configurationKey = await ensureKeyFile(data, configurationKeyFile);
    const isolation = await isolationIn(config, say, [data]);
    let address: string | null = null;
    const shared = { store, policy, procedures, pageKey, log: say };
    const deps = workerDeps({
      ...shared,
      attestationKey,
      configurationKey,
      isolation,
      client: clientOf(connection, namespace),
      recordsFolder: config.records,
      secretsFolder: config.secrets,
      closedFolders: [data, ...config.credentials.files],
      path: config.path,
      publicUrl: () => config.publicUrl ?? address,
    });
    const worker = await startWorker({ connection, namespace, deps, slots: config.slots });
    atEnd(worker.stop);
    const tokens = await keepTokens(store, policy, join(data, 'tokens.json'), say);
    atEnd(tokens.stop);
    const { listen, trustedProxies } = config;
    const api = await startApi({
      ...shared,
      client,
      signingKeys,
      listen,
      trustedProxies,
      removeLeftFolders,
      attestationKeys: [attestationKey],
      oidc: await oidcSettings(config),
      pipelineAudiences: pipelineAudiences(config),
      commands: isolation,
      temporalPage: pagesOf(temporal.uiUrl ?? config.temporal.uiUrl, namespace),
      // Nobody balances load over one process on loopback.
      drainMs: 0,
      folders: [data, config.records],
      notify: deps.notify,
    });
    address = api.url;
    // Side by side: each may take its whole time.
    atEnd(() => Promise.all([api.stop(), worker.stop()]));
    const endpoints = { api: api.url, temporal: endpoint.address, temporalUi: temporal.uiUrl };
    await writeEndpoints(data, endpoints);
    const failed = Promise.race([worker.stopped.then(() => new Promise<never>(() => {})), temporal.failed]);
    return { endpoints, tokens: tokens.tokens, policyFile: config.policy, records: resolve(config.records), failed };
  });
}

interface Temporal extends Pick<KeptDevServer, 'uiUrl' | 'stop' | 'failed'> {
  readonly endpoint: TemporalEndpoint;
}

/** The server that the configuration names, else one of our own. */
async function reachTemporal({ config, data, environment, say }: DevOptions): Promise<Temporal> {
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
