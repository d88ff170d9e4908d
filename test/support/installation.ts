import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { stringify } from 'yaml';
import { createToken } from '../../src/main/keys/tokens.ts';
import { openStore } from '../../src/store/index.ts';
import { connect } from '../../src/temporal/connection.ts';
import { type DevServer, startDevServer } from '../../src/temporal/dev-server/dev-server.ts';
import { freePorts } from '../../src/temporal/dev-server/free-ports.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { subjects, testPolicy } from './policy.ts';
import { type PostgresServer, startPostgres } from './postgres.ts';
import { type GantryProcess, startGantry } from './processes.ts';
import { replayAll } from './replay.ts';
import { cliForTests } from './temporal.ts';

/**
 * A real installation: PostgreSQL, Temporal with its data in a file, one API and as many workers as asked for, each of
 * which opens the store as a role of its own; whatever else is run owns it.
 */
export interface Installation extends ApiClient {
  readonly postgres: PostgresServer;
  readonly client: Client;
  readonly records: string;
  /** A key of the API for each subject of the policy. */
  readonly tokens: ReadonlyMap<string, string>;
  readonly api: () => GantryProcess;
  readonly temporal: () => DevServer;
  /** Starts Temporal again, where it was, after it was killed; `isEmpty`: with nothing of what it knew. */
  restartTemporal(how?: { readonly isEmpty?: true }): Promise<void>;
  /** With these variables beside those that every process has. */
  startWorker(more?: Readonly<Record<string, string>>): Promise<GantryProcess>;
  /** One more process, of whichever build, once it is ready. */
  startOne(verb: 'api' | 'worker', how: ProcessOptions): Promise<GantryProcess>;
  /** Runs `gantry …` to its end; answers what it printed, fails when it fails. */
  run(...args: string[]): Promise<string>;
  /** The same of whichever build; answers how it ended. */
  attempt(
    args: readonly string[],
    how: ProcessOptions,
  ): Promise<{ readonly code: number | null; readonly said: string }>;
  /** Ends the API and starts it again at the same address, with these variables beside the others. */
  restartApi(more?: Readonly<Record<string, string>>, signal?: NodeJS.Signals): Promise<void>;
  /** What `gantry migrate` is told for the roles; nothing where there are none. */
  readonly grants: readonly string[];
  /** Replays every execution that the server has, then ends everything. */
  close(): Promise<void>;
  /** Ends everything. */
  stop(): Promise<void>;
}

interface ProcessOptions {
  /** Variables beside those that every process has. */
  readonly more?: Readonly<Record<string, string>>;
  /** Its `bin/gantry.js`; that of this build when absent. */
  readonly build?: string;
}

interface InstallationOptions {
  /** Of which the installation is: its `bin/gantry.js`; this one when absent. */
  readonly build?: string;
  /** Variables beside those that every installation has; told where the API will be, and where its parts are. */
  readonly env?: (
    url: string,
    parts: { readonly store: string; readonly temporal: string },
  ) => Promise<Readonly<Record<string, string>>>;
  readonly policy?: object;
  /** Temporal keeps everything in memory, and cannot be started again. */
  readonly isForgetful?: boolean;
}

/** Of the roles of an API and of workers. */
export const rolePasswords = { api: 'of-the-api', worker: 'of-the-worker' } as const;

export async function startInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-installation-'));
  const cli = await cliForTests();
  const [postgres, first] = await Promise.all([
    startPostgres(),
    startDevServer({ cli, dataDir: options.isForgetful ? null : join(folder, 'temporal'), uiPort: null }),
  ]);
  let server = first;
  const policy = join(folder, 'policy.yaml');
  await writeFile(policy, stringify(options.policy ?? testPolicy, { aliasDuplicateObjects: false }));
  const [port = 0] = await freePorts('127.0.0.1', 1);
  const records = join(folder, 'records');
  const store = await postgres.newDatabase();
  const env = {
    GANTRY_STORE: store,
    GANTRY_POLICY: policy,
    GANTRY_PROCEDURES: fileURLToPath(new URL('../../examples/shop/procedures', import.meta.url)),
    GANTRY_RECORDS: records,
    GANTRY_LISTEN: `127.0.0.1:${port}`,
    TEMPORAL_ADDRESS: server.address,
    GANTRY_DRAIN: '0s',
    ...(await options.env?.(`http://127.0.0.1:${port}`, { store, temporal: server.address })),
  };
  const processes: GantryProcess[] = [];
  let files = 0;
  const attempt: Installation['attempt'] = async (args, { more = {}, build = options.build }) => {
    const one = startGantry(args, { ...env, ...more }, undefined, build);
    const { code } = await one.ended;
    return { code, said: one.output() };
  };
  const run = async (...args: string[]) => {
    const { code, said } = await attempt(args, {});
    if (code !== 0) throw new Error(`gantry ${args.join(' ')}: ${said}`);
    return said.trim();
  };
  // A former build may know nothing of roles.
  const hasRoles = options.build === undefined;
  /** A file with the address that this process opens the store by, as a role of its own. */
  const storeFile = async (kind: 'api' | 'worker', address: string) => {
    const file = join(folder, `store-${kind}-${files++}`);
    const own = Object.assign(new URL(address), { username: `gantry_${kind}`, password: rolePasswords[kind] });
    await writeFile(file, own.href, { mode: 0o600 });
    return file;
  };
  const grants = hasRoles
    ? ['--api-store', await storeFile('api', store), '--worker-store', await storeFile('worker', store)]
    : [];
  await run('migrate', ...grants);
  const tokens = await keysFor(store);
  const startOne: Installation['startOne'] = async (verb, { more = {}, build = options.build }) => {
    const { GANTRY_STORE: address, ...others }: Readonly<Record<string, string>> = { ...env, ...more };
    const by: Readonly<Record<string, string>> = hasRoles
      ? { GANTRY_STORE_FILE: await storeFile(verb, address ?? '') }
      : { GANTRY_STORE: address ?? '' };
    const one = startGantry([verb], { ...others, ...by }, undefined, build);
    processes.push(one);
    await one.printed(verb === 'api' ? 'listens on' : 'polls');
    return one;
  };
  let running = await startOne('api', {});
  const { client, close } = await connect(server);
  const api = createApiClient(`http://127.0.0.1:${port}`, tokens);
  const there: Installation = {
    ...api,
    postgres,
    client,
    records,
    tokens,
    grants,
    api: () => running,
    temporal: () => server,
    async restartTemporal({ isEmpty } = {}) {
      await server.stop();
      const portBefore = Number(server.address.split(':')[1]);
      const dataDir = join(folder, isEmpty ? 'temporal-anew' : 'temporal');
      server = await startDevServer({ cli, dataDir, uiPort: null, port: portBefore });
    },
    startWorker: (more = {}) => startOne('worker', { more }),
    startOne,
    run,
    attempt,
    async restartApi(more = {}, signal = 'SIGTERM') {
      await running.kill(signal);
      running = await startOne('api', { more });
    },
    async close() {
      await Promise.all(processes.map((one) => one.kill('SIGTERM')));
      await replayAll(client);
      await there.stop();
    },
    async stop() {
      await Promise.all(processes.map((one) => one.kill('SIGTERM')));
      await close();
      await server.stop();
      await postgres.remove();
      await api.closeWorlds();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return there;
}

/** Made here: a process for each takes seconds. */
async function keysFor(address: string): Promise<ReadonlyMap<string, string>> {
  const store = await openStore(address);
  try {
    const keys = await Promise.all(
      subjects.map(async (subject) => [subject, await createToken(store, subject)] as const),
    );
    return new Map(keys);
  } finally {
    await store.close();
  }
}
