import { openSecrets, pageKeyFile } from '../adapters/index.ts';
import type { ConfigWith } from '../config/config.ts';
import { openPolicy } from '../files/policy.ts';
import { openProcedures } from '../files/procedure.ts';
import { connect } from '../temporal/connection.ts';
import { registerSearchAttributes } from '../temporal/search-attributes.ts';
import { startApi } from './api.ts';
import { notifyOf } from './assemble.ts';
import { tellExposed, tellRole } from './database-roles.ts';
import { roomIn, watchDisk } from './disk-room.ts';
import { readKeyFile } from './keys/key-file.ts';
import { readMessageKeys } from './keys/message-key.ts';
import { registerKeys } from './keys/register-keys.ts';
import { keepLooking, supervise } from './lookout.ts';
import { oidcSettings } from './oidc-settings.ts';
import { endpointOf, openMigratedStore } from './open-parts.ts';
import type { Running } from './run-until-signal.ts';
import { keepUp } from './upkeep.ts';

/** `gantry api`: the HTTP API alone. */
export async function serveApi(
  config: ConfigWith<'policy' | 'procedures' | 'store'>,
  log: (line: string) => void,
): Promise<Running & { readonly url: string }> {
  tellExposed(config.credentials.exposed, log);
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
    const roleFault = await tellRole(store, 'api', config.store, log);
    const signingKeys = ownKeys && (await registerKeys(store, ownKeys, log));
    const temporal = await connect(await endpointOf(config));
    try {
      await registerSearchAttributes(temporal.connection, config.temporal.namespace);
      const { client } = temporal;
      const trust = { signingKeys, attestationKeys: [], pageKey, oidc };
      const { listen, drainMs, trustedProxies } = config;
      const room = roomIn(config.store.kind === 'pglite' ? [config.store.folder] : []);
      const how = { listen, drainMs, trustedProxies, roleFault, roomFault: room };
      const api = await startApi({ store, client, policy, procedures, ...trust, ...how });
      await supervise(client, log);
      const newSecrets = openSecrets(config.secrets);
      const notify = notifyOf({ policy, newSecrets, publicUrl: () => config.publicUrl, pageKey, log });
      const lookout = keepLooking({ store, client, policy, notify, log });
      const disk = watchDisk({ room, store, policy, notify });
      const upkeep = keepUp({ store, sweeps: true, removeLeftFolders: null, log });
      return {
        url: api.url,
        async stop() {
          await Promise.all([api.stop(), lookout.stop(), upkeep.stop(), disk.stop()]);
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
