import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { DefaultLogger, type NativeConnection, Runtime } from '@temporalio/worker';
import type { FastifyInstance } from 'fastify';
import { stringify } from 'yaml';
import { buildApp } from '../../src/api/app.ts';
import type { ApiDeps, SigningKeys } from '../../src/api/deps.ts';
import { GantryError } from '../../src/domain/base/errors.ts';
import { type Slots, usualSlots } from '../../src/domain/base/task-queues.ts';
import type { Delivery, NotifyInput } from '../../src/domain/kinds/notification.ts';
import type { AttestationKey } from '../../src/domain/trust/attestation-key.ts';
import { keyIdOf } from '../../src/domain/trust/seal.ts';
import { openPolicy } from '../../src/files/policy.ts';
import { openProcedures } from '../../src/files/procedure.ts';
import { workerDeps } from '../../src/main/assemble.ts';
import { thisBuild } from '../../src/main/build.ts';
import { ensureMessageKeys } from '../../src/main/keys/message-key.ts';
import { createToken } from '../../src/main/keys/tokens.ts';
import { clientOf, type RunningWorker, startWorker } from '../../src/main/queue-workers.ts';
import { pagesOf } from '../../src/main/temporal-pages.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { writeWhole } from '../../src/system/write-whole.ts';
import { connect } from '../../src/temporal/connection.ts';
import { type DevServer, startDevServer } from '../../src/temporal/dev-server/dev-server.ts';
import { createGateway, type Gateway } from '../../src/temporal/gateway.ts';
import { registerSearchAttributes } from '../../src/temporal/register-search-attributes.ts';
import { closeWorkerConnection, connectWorker } from '../../src/temporal/worker-connection.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { checkedAnswers } from './checked-answers.ts';
import { emptyStore } from './empty-store.ts';
import { subjects, testPolicy } from './policy.ts';
import { replayAll } from './replay.ts';
import { cliForTests } from './temporal.ts';
import { doAll, within } from './within.ts';
import { bundleOfSources, type WorkflowBundle } from './workflow-bundles.ts';
import { workflowIdOf } from './workflow-id.ts';

/** Gantry whole, in this process: a real server, a real worker, a real store, the real API on a port. */
export interface Rig extends ApiClient {
  readonly server: DevServer;
  readonly client: Client;
  readonly store: Store;
  readonly storeAddress: string;
  /** A key of the API for each subject of the policy. */
  readonly tokens: ReadonlyMap<string, string>;
  readonly folder: string;
  /** With which the API vouches; null where it cannot. */
  readonly signingKeys: SigningKeys | null;
  /** The folder of procedures, a copy that a test may change. */
  readonly procedures: string;
  writePolicy(policy: unknown): Promise<void>;
  stopWorker(): Promise<void>;
  /** Another one beside those that run; of the sources and of no build unless told otherwise. */
  startWorker(how?: WorkerHow): Promise<RunningWorker>;
  /** A second API process, as far as one can tell by what it shows. */
  anotherApi(): Promise<ApiClient>;
  /** Sends a Temporal signal, past the API. */
  signal(id: string, name: string, argument: unknown): Promise<void>;
  /** Sends a Temporal update, past the API. */
  update(id: string, name: string, argument: unknown): Promise<unknown>;
  /** While set, records are published only once it resolves. */
  holdPublishing(until: Promise<void> | null): void;
  /** While set, no copy of a target is kept; resolves once the first one was refused. */
  refuseTargets(error: Error | null): Promise<void>;
  /** While set, stakeholders are told only once it resolves. */
  holdTelling(until: Promise<void> | null): void;
  /** While set, what became of each delivery is what this makes of it. */
  bendDeliveries(bend: ((delivery: Delivery, input: NotifyInput) => Delivery) | null): void;
  /** While set, a worker says whether it trusts a key only once it resolves. */
  holdTrust(until: Promise<void> | null): void;
  /** Whether no worker can say of any key that it trusts it, as while the store is away and none was known before. */
  silenceTrust(isSilent: boolean): void;
  /** Whatever stakeholders were told, in order. */
  readonly told: readonly string[];
  /** Replays every execution that the server has, then ends everything. Throws where an answer was not as its route declares. */
  close(): Promise<void>;
  /** Ends everything. */
  stop(): Promise<void>;
}

// Tests of slots wait for what workers say of them, by default once a minute.
Runtime.install({ logger: new DefaultLogger('ERROR'), workerHeartbeatInterval: '3s' });

export { workflowIdOf };

/** With which the links to pages are made. */
export const pageKey = new Uint8Array(32).fill(9);

interface WorkerHow {
  readonly workflowBundle?: WorkflowBundle;
  readonly build?: string;
}

interface RigOptions {
  readonly policy?: unknown;
  /** Of the API: keys, or `own` for some of the rig's own, as `gantry dev` makes them. */
  readonly signingKeys?: SigningKeys | 'own';
  readonly secrets?: string;
  /** Where its commands look for programs; where this process does when absent. */
  readonly path?: string;
  readonly attestationKey?: AttestationKey;
  /** Of its worker. */
  readonly slots?: Slots;
  /** Stands between the API and Temporal. */
  readonly gateway?: (real: Gateway) => Gateway;
  /** Stands between its worker and the store. */
  readonly workerStore?: (real: Store) => Store;
  /** Address of a store that is migrated; an empty one of its own when absent. */
  readonly store?: string;
  readonly waitLimits?: ApiDeps['waitLimits'];
  /** For which audiences the tokens of pipelines may be. */
  readonly pipelineAudiences?: ApiDeps['pipelineAudiences'];
  /** Where its API says that Temporal's page is. */
  readonly temporalUi?: string;
  /** Dynamic configuration of the Temporal server, as `name=value`. */
  readonly dynamicConfig?: readonly string[];
}

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-rig-'));
  const policyFile = join(folder, 'policy.yaml');
  // A request that met half of it would be refused.
  const writePolicy = (policy: unknown) =>
    writeWhole(policyFile, stringify(policy, { aliasDuplicateObjects: false }), { replace: true });
  await writePolicy(options.policy ?? testPolicy);
  const [server, place, workflowBundle] = await Promise.all([
    cliForTests().then((cli) =>
      startDevServer({ cli, dataDir: null, uiPort: null, dynamicConfig: options.dynamicConfig }),
    ),
    options.store === undefined ? emptyStore(folder) : { address: options.store, remove: async () => {} },
    bundleOfSources(),
  ]);
  const store = await openStore(place.address);
  const { client, connection, close: closeClient } = await connect(server);
  await registerSearchAttributes(connection, server.namespace);
  const native: NativeConnection = await connectWorker(server);
  const policy = await openPolicy(policyFile);
  const procedureFolder = join(folder, 'procedures');
  await cp(fileURLToPath(new URL('../../examples/shop/procedures', import.meta.url)), procedureFolder, {
    recursive: true,
  });
  const procedures = await openProcedures(procedureFolder);
  const told: string[] = [];
  let publishing: Promise<void> | null = null;
  let refusal: { readonly error: Error; readonly told: () => void } | null = null;
  let trusting: Promise<void> | null = null;
  let telling: Promise<void> | null = null;
  let bend: Parameters<Rig['bendDeliveries']>[0] = null;
  let isTrustSilent = false;
  const assembled = workerDeps({
    store: (options.workerStore ?? ((real) => real))({
      ...store,
      async saveTarget(state) {
        if (refusal) {
          refusal.told();
          throw refusal.error;
        }
        return store.saveTarget(state);
      },
      async saveRecord(record) {
        await publishing;
        return store.saveRecord(record);
      },
    }),
    policy,
    procedures,
    client: clientOf(native, server.namespace),
    recordsFolder: join(folder, 'records'),
    secretsFolder: options.secrets ?? null,
    attestationKey: options.attestationKey ?? null,
    path: options.path ?? process.env['PATH'],
    configurationKey: new Uint8Array(32).fill(7),
    pageKey,
    log: (line) => void told.push(line),
  });
  const deps: typeof assembled = {
    ...assembled,
    async notify(input) {
      await telling;
      const deliveries = await assembled.notify(input);
      return deliveries.map((delivery) => bend?.(delivery, input) ?? delivery);
    },
    async trustedKey(id) {
      await trusting;
      if (isTrustSilent) throw new GantryError('store-unavailable', 'The store gives no answer.');
      return assembled.trustedKey(id);
    },
  };
  const workers: RunningWorker[] = [];
  const begin = async (how: WorkerHow = {}) => {
    const { namespace } = server;
    const { slots = usualSlots } = options;
    // One that is warm does what a suite has for two: every thread loads and compiles all workflows for itself.
    const threads = 1;
    const worker = await startWorker({ connection: native, namespace, deps, workflowBundle, slots, threads, ...how });
    workers.push(worker);
    return worker;
  };
  await begin();

  const tokens = new Map<string, string>();
  for (const subject of subjects) {
    tokens.set(subject, await createToken(store, subject));
  }
  const signingKeys = options.signingKeys === 'own' ? await ensureMessageKeys(folder) : (options.signingKeys ?? null);
  for (const publicKey of signingKeys?.publicKeys ?? []) await store.trustKey(keyIdOf(publicKey), publicKey);
  const apiDeps: ApiDeps = {
    store,
    gateway: (options.gateway ?? ((real) => real))(createGateway(client)),
    catalog: deps.catalog,
    policy,
    procedures,
    signingKeys,
    attestationKeys: options.attestationKey ? [options.attestationKey] : [],
    pageKey,
    now: Date.now,
    build: await thisBuild(),
    oidc: null,
    pipelineAudiences: options.pipelineAudiences,
    waitLimits: options.waitLimits,
    temporalPage: pagesOf(options.temporalUi ?? null, server.namespace),
    // Suites ask in a minute what people ask in a day.
    rateLimits: { reads: 1e9, writes: 1e9 },
  };
  const apps: FastifyInstance[] = [];
  const answers = checkedAnswers();
  const anotherApi = async () => {
    const app = await buildApp(apiDeps, answers.check);
    apps.push(app);
    return createApiClient(await app.listen({ host: '127.0.0.1', port: 0 }), tokens);
  };
  const api = await anotherApi();

  const rig: Rig = {
    ...api,
    server,
    client,
    store,
    storeAddress: place.address,
    tokens,
    folder,
    signingKeys,
    procedures: procedureFolder,
    writePolicy,
    async stopWorker() {
      // After 30 s a supervisor would kill them.
      const stopping = workers.splice(0).map((worker) => worker.stop());
      await within(30_000, 'the workers', Promise.all(stopping));
    },
    startWorker: begin,
    anotherApi,
    signal: (id, name, argument) => client.workflow.getHandle(workflowIdOf(id)).signal(name, argument),
    update: (id, name, argument) =>
      client.workflow.getHandle(workflowIdOf(id)).executeUpdate(name, { args: [argument] }),
    holdPublishing(until) {
      publishing = until;
    },
    refuseTargets: (error) =>
      new Promise((resolve) => {
        refusal = error && { error, told: resolve };
      }),
    bendDeliveries(how) {
      bend = how;
    },
    holdTelling(until) {
      telling = until;
    },
    holdTrust(until) {
      trusting = until;
    },
    silenceTrust(isSilent) {
      isTrustSilent = isSilent;
    },
    told,
    close: () => doAll([() => rig.stopWorker(), () => replayAll(client), () => rig.stop(), answers.expectNoFault]),
    stop: () =>
      doAll([
        () => rig.stopWorker(),
        // It cuts off after 10 s what has not ended by then, such as a connection on which nothing was ever asked.
        () => within(15_000, 'the API', Promise.all(apps.map((app) => app.close()))),
        () => within(2_000, "the API's connection", closeClient()),
        () => within(2_000, "the worker's connection", closeWorkerConnection(native)),
        () => within(10_000, 'the Temporal server', server.stop()),
        () => within(5_000, 'the store', store.close()),
        () => within(5_000, 'the removal of the store', place.remove()),
        () => within(2_000, 'the worlds', api.closeWorlds()),
        () => within(5_000, 'the removal of the folder', rm(folder, { recursive: true, force: true })),
      ]),
  };
  return rig;
}
