import { configurationKeyFile, openSecrets, pageKeyFile } from '../adapters/index.ts';
import type { ConfigWith } from '../config.ts';
import { closeWorkerConnection, connect, connectWorker } from '../temporal/connection.ts';
import { registerSearchAttributes } from '../temporal/search-attributes.ts';
import { startApi } from './api.ts';
import { notifyOf, workerDeps } from './assemble.ts';
import { readAttestationKey } from './attestation-key.ts';
import { readKeyFile } from './key-file.ts';
import { openPolicy } from './load-policy.ts';
import { openProcedures } from './load-procedure.ts';
import { keepLooking, supervise } from './lookout.ts';
import { readMessageKeys } from './message-key.ts';
import { oidcSettings } from './oidc-settings.ts';
import { endpointOf, openMigratedStore, placeOf } from './open-parts.ts';
import { registerKeys } from './register-keys.ts';
import { repeat } from './repeat.ts';
import type { Running } from './run-until-told.ts';
import { createTrust } from './trust.ts';
import { trustedKeysFile } from './trusted-keys-file.ts';
import { keepUp } from './upkeep.ts';
import { clientOf, startWorker } from './worker.ts';
import { buildOf, promote } from './worker-versions.ts';

/** How often a worker asks anew whose word counts, in milliseconds: a way back may be the first that needs a new key. */
const readAgainMs = 60_000;

type Whole = ConfigWith<'policy' | 'procedures' | 'store'>;

/** `gantry api`: the HTTP API alone. */
export async function serveApi(
  config: Whole,
  log: (line: string) => void,
): Promise<Running & { readonly url: string }> {
  const policy = await openPolicy(config.policy, log);
  const procedures = await openProcedures(config.procedures);
  const ownKeys = await readMessageKeys(config.secrets);
  const pageKey = config.secrets === null ? null : await readKeyFile(config.secrets, pageKeyFile);
  const { environments } = (await policy.read()).policy;
  const refusing = Object.keys(environments).filter((name) => environments[name]?.messages.unsigned === 'refuse');
  if (!ownKeys && refusing.length > 0)
    log(`No message-key: requests for ${refusing.join(', ')} are refused. Make one with gantry key create.`);
  const oidc = await oidcSettings(config);
  const store = await openMigratedStore(config.store, { log });
  try {
    const signingKeys = ownKeys && (await registerKeys(store, ownKeys, log));
    const temporal = await connect(await endpointOf(config));
    try {
      await registerSearchAttributes(temporal.connection, config.temporal.namespace);
      const { client } = temporal;
      const trust = { signingKeys, attestationKeys: [], pageKey, oidc };
      const { listen, drainMs, trustedProxies } = config;
      const api = await startApi({ store, client, policy, procedures, ...trust, listen, drainMs, trustedProxies });
      await supervise(client, log);
      const newSecrets = openSecrets(config.secrets);
      const notify = notifyOf({ policy, newSecrets, publicUrl: () => config.publicUrl, pageKey, log });
      const lookout = keepLooking({ store, client, policy, notify, log });
      return {
        url: api.url,
        async stop() {
          await Promise.all([api.stop(), lookout.stop()]);
          await temporal.close();
          await store.close();
        },
      };
    } catch (error) {
      await temporal.close();
      throw error;
    }
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * `gantry worker`: workflows and activities on all task queues. Its build becomes the current one where there is none, and
 * with `promoted` in any case.
 */
export async function serveWorker(
  config: Whole,
  log: (line: string) => void,
  { promoted = false }: { readonly promoted?: boolean } = {},
): Promise<Running> {
  const policy = await openPolicy(config.policy, log);
  const procedures = await openProcedures(config.procedures);
  const attestationKey = await readAttestationKey(config.secrets);
  const keysFile = config.trustFile === null ? null : trustedKeysFile(config.trustFile, placeOf(config.store), log);
  const remembered = (await keysFile?.read(Date.now())) ?? null;
  const store = await openMigratedStore(config.store, { log, mayBeSilent: remembered !== null });
  const trust = createTrust(store, {
    remembered,
    ...(keysFile && { keep: (keys) => keysFile.keep(keys, Date.now()) }),
  });
  const { namespace } = config.temporal;
  try {
    const connection = await connectWorker(await endpointOf(config));
    const deps = workerDeps({
      store,
      policy,
      procedures,
      client: clientOf(connection, namespace),
      recordsFolder: config.records,
      secretsFolder: config.secrets,
      attestationKey,
      configurationKey: config.secrets === null ? null : await readKeyFile(config.secrets, configurationKeyFile),
      pageKey: config.secrets === null ? null : await readKeyFile(config.secrets, pageKeyFile),
      trust,
      path: config.path ?? undefined,
      publicUrl: () => config.publicUrl,
      log,
    });
    const build = await buildOf(config);
    const worker = await startWorker({
      connection,
      namespace,
      deps,
      slots: config.slots,
      ...(build === null ? {} : { build }),
    });
    if (build !== null) {
      const current = await promote(config, build, { onlyFirst: !promoted });
      log(
        current === build
          ? `Build ${build} is the current one.`
          : `Build ${build} carries out what it has begun; new deployments go to ${current} (gantry worker promote).`,
      );
    }
    await supervise(clientOf(connection, namespace), log);
    const upkeep = keepUp({ store, log });
    const keptCurrent = repeat(readAgainMs, () => trust.refresh().catch(() => undefined));
    return {
      failed: worker.stopped.then(() => new Promise<never>(() => {})),
      async stop() {
        await Promise.all([worker.stop(), upkeep.stop(), keptCurrent.stop()]);
        await closeWorkerConnection(connection);
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
