import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { GantryError } from '../domain/errors.ts';
import { openStore } from '../store/index.ts';
import { connect, connectWorker } from '../temporal/connection.ts';
import { type DevServer, startDevServer } from '../temporal/dev-server.ts';
import { findTemporalCli } from '../temporal/find-cli.ts';
import { registerSearchAttributes } from '../temporal/search-attributes.ts';
import { startApi } from './api.ts';
import { workerDeps } from './assemble.ts';
import { openPolicy } from './load-policy.ts';
import { openProcedures } from './load-procedure.ts';
import { ensureMessageKey } from './message-key.ts';
import type { Running } from './run-until-told.ts';
import { ensureTokens } from './tokens.ts';
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

export interface Endpoints {
  readonly api: string;
  readonly temporal: string;
  readonly temporalUi: string;
}

export interface RunningDev extends Running {
  readonly endpoints: Endpoints;
  readonly tokens: Readonly<Record<string, string>>;
  readonly policyFile: string;
}

const loopback = ['127.0.0.1', 'localhost', '::1'];

/**
 * `gantry dev`: API, worker, store and Temporal in one process tree, on loopback only. Resolves once requests are
 * accepted. Throws `store-locked` when another one uses the folder, `invalid-config`, `temporal-not-found`.
 */
export async function startDev({ config, data, example, environment, say }: DevOptions): Promise<RunningDev> {
  if (!loopback.includes(config.listen.host))
    throw new GantryError('invalid-config', 'gantry dev listens on loopback only; use gantry api for anything else.');
  const policyFile = config.policy ?? example.policy;
  const policy = await openPolicy(policyFile);
  const procedures = await openProcedures(config.procedures ?? example.procedures);
  await mkdir(data, { recursive: true, mode: 0o700 });

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
      keepTemporal({ data, environment, say }).then((kept) => {
        ends.push(kept.stop);
        return kept;
      }),
    ]);
    await store.migrate();
    const { namespace } = temporal;
    const client = await connect(temporal);
    ends.push(client.close);
    await registerSearchAttributes(client.connection, namespace);
    const connection = await connectWorker(temporal);
    ends.push(() => connection.close());
    const deps = workerDeps({
      store,
      policy,
      procedures,
      client: clientOf(connection, namespace),
      recordsFolder: config.records,
      secretsFolder: config.secrets,
      path: config.path ?? undefined,
      log: say,
    });
    const worker = await startWorker({ connection, namespace, deps });
    ends.push(() => worker.stop());
    const tokens = await ensureTokens(store, (await policy.read()).policy, join(data, 'tokens.json'));
    const proofKey = await ensureMessageKey(data);
    const api = await startApi({ store, client: client.client, policy, procedures, proofKey, listen: config.listen });
    ends.push(api.stop);
    const endpoints = { api: api.url, temporal: temporal.address, temporalUi: temporal.uiUrl };
    await writeEndpoints(data, endpoints);
    const failed = Promise.race([worker.stopped.then(() => new Promise<never>(() => {})), temporal.failed]);
    return { endpoints, tokens, policyFile, stop, failed };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface KeptTemporal {
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string;
  readonly stop: () => Promise<void>;
  readonly failed: Promise<never>;
}

/** A Temporal server on the ports it had before, started again when it ends without being told. */
async function keepTemporal({
  data,
  environment,
  say,
}: Pick<DevOptions, 'data' | 'environment' | 'say'>): Promise<KeptTemporal> {
  const cli = await findTemporalCli({ env: environment, progress: say });
  const dataDir = join(data, 'temporal');
  const logFile = join(data, 'temporal.log');
  const before = await readEndpoints(data);
  const start = (ports: { port?: number | undefined; uiPort?: number | undefined }, startTimeoutMs = 30_000) =>
    startDevServer({ cli, dataDir, logFile, startTimeoutMs, ...ports });
  let server: DevServer = await (before === null
    ? start({})
    : start({ port: portOf(before.temporal), uiPort: portOf(before.temporalUi) }, 12_000).catch((error: unknown) => {
        if (error instanceof GantryError && error.code === 'store-locked') throw error;
        return start({}); // somebody else has these ports now
      }));
  const { address, namespace } = server;
  const uiUrl = server.uiUrl ?? '';
  const stopping = new AbortController();
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined); // whoever runs us hears of it; a start that failed earlier does not
  const watch = async () => {
    for (;;) {
      await server.exited;
      if (stopping.signal.aborted) return;
      say('The Temporal server ended; it is started again.');
      server = await start({ port: portOf(address), uiPort: portOf(uiUrl) });
    }
  };
  const watching = watch().catch(fail);
  return {
    address,
    namespace,
    uiUrl,
    failed,
    async stop() {
      stopping.abort();
      await server.stop();
      await watching;
    },
  };
}

function portOf(address: string): number {
  return Number(/:(\d+)\/?$/.exec(address)?.[1]);
}

async function writeEndpoints(data: string, endpoints: Endpoints): Promise<void> {
  const file = join(data, 'endpoints.json');
  await writeFile(`${file}.new`, `${JSON.stringify(endpoints, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Where the `gantry dev` of a folder is, or was; null where none ever ran. */
export async function readEndpoints(data: string): Promise<Endpoints | null> {
  const text = await readFile(join(data, 'endpoints.json'), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as Endpoints);
}
