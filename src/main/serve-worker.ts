import { configurationKeyFile, pageKeyFile, removeLeftFolders } from '../adapters/index.ts';
import type { ConfigWith } from '../config/config.ts';
import { openPolicy } from '../files/policy.ts';
import { openProcedures } from '../files/procedure.ts';
import { closeWorkerConnection, connectWorker } from '../temporal/worker-connection.ts';
import { workerDeps } from './assemble.ts';
import { buildOf, promote } from './commands/version-lines.ts';
import { logExposed, logRoleFault } from './database-roles.ts';
import { isolationIn } from './isolation.ts';
import { readAttestationKey } from './keys/attestation-key.ts';
import { readKeyFile } from './keys/key-file.ts';
import { createTrust } from './keys/trusted-keys.ts';
import { trustedKeysFile } from './keys/trusted-keys-file.ts';
import { supervise } from './lookout.ts';
import { openInOrder } from './open-in-order.ts';
import { endpointOf, openMigratedStore, placeOf } from './open-parts.ts';
import { clientOf, startWorker } from './queue-workers.ts';
import { repeat } from './repeat.ts';
import type { Running } from './run-until-signal.ts';
import { keepSayingPolicy } from './say-policy.ts';
import { keepUp } from './upkeep.ts';

/** How often a worker reads anew which keys are trusted, in milliseconds: a way back may be the first that needs a new key. */
const readAgainMs = 60_000;

/**
 * `gantry worker`: workflows and activities on all task queues. Its build becomes the current one where there is none, and
 * with `promoted` in any case.
 */
export function serveWorker(
  config: ConfigWith<'policy' | 'procedures' | 'store'>,
  log: (line: string) => void,
  { promoted }: { readonly promoted: boolean },
): Promise<Running> {
  return openInOrder(async (atEnd) => {
    logExposed(config.credentials.exposed, log);
    const policy = await openPolicy(config.policy, log);
    const procedures = await openProcedures(config.procedures);
    const isolation = await isolationIn(config, log);
    const attestationKey = await readAttestationKey(config.secrets);
    const keysFile = config.trustFile === null ? null : trustedKeysFile(config.trustFile, placeOf(config.store), log);
    const remembered = (await keysFile?.read(Date.now())) ?? null;
    const store = await openMigratedStore(config.store, { log, mayBeSilent: remembered !== null });
    atEnd(() => store.close());
    await logRoleFault(store, 'worker', config.store, log);
    const trust = createTrust(store, {
      remembered,
      ...(keysFile && { keep: (keys) => keysFile.keep(keys, Date.now()) }),
    });
    const { namespace } = config.temporal;
    const connection = await connectWorker(await endpointOf(config));
    const client = clientOf(connection, namespace);
    const parts = { store, policy, procedures, client, attestationKey, trust, isolation, log };
    const deps = workerDeps({
      ...parts,
      recordsFolder: config.records,
      secretsFolder: config.secrets,
      configurationKey: await readKeyFile(config.secrets, configurationKeyFile),
      pageKey: await readKeyFile(config.secrets, pageKeyFile),
      path: config.path,
      closedFolders: config.credentials.files,
      publicUrl: () => config.publicUrl,
    });
    const build = await buildOf(config);
    const worker = await startWorker({ connection, namespace, deps, slots: config.slots, build });
    if (build !== null) {
      const current = await promote(config, build, { onlyFirst: !promoted });
      log(
        current === build
          ? `Build ${build} is the current one.`
          : `Build ${build} carries out what it has begun; new deployments go to ${current} (gantry worker promote).`,
      );
    }
    await supervise(client, log);
    const upkeep = keepUp({ store, sweeps: false, removeLeftFolders, log });
    const keptCurrent = repeat(readAgainMs, () => trust.refresh().catch(() => undefined));
    const saying = keepSayingPolicy({ store, policy, kind: 'worker' });
    atEnd(() => closeWorkerConnection(connection));
    atEnd(() => Promise.all([worker.stop(), upkeep.stop(), keptCurrent.stop(), saying.stop()]));
    return { failed: worker.stopped.then(() => new Promise<never>(() => {})) };
  });
}
