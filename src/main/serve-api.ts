import { openSecrets, pageKeyFile } from '../adapters/index.ts';
import type { ConfigWith } from '../config/config.ts';
import { openPolicy } from '../files/policy.ts';
import { openProcedures } from '../files/procedure.ts';
import { connect } from '../temporal/connection.ts';
import { registerSearchAttributes } from '../temporal/register-search-attributes.ts';
import { startApi } from './api.ts';
import { notifyOf } from './assemble.ts';
import { logExposed, logRoleFault } from './database-roles.ts';
import { readKeyFile } from './keys/key-file.ts';
import { readMessageKeys } from './keys/message-key.ts';
import { registerKeys } from './keys/register-keys.ts';
import { oidcSettings, pipelineAudiences } from './oidc-settings.ts';
import { openInOrder } from './open-in-order.ts';
import { endpointOf, openMigratedStore } from './open-parts.ts';
import type { Running } from './run-until-signal.ts';
import { keepSayingPolicy } from './say-policy.ts';
import { pagesOf } from './temporal-pages.ts';

/** `gantry api`: the HTTP API alone. */
export function serveApi(
  config: ConfigWith<'policy' | 'procedures' | 'store'>,
  log: (line: string) => void,
): Promise<Running & { readonly url: string }> {
  return openInOrder(async (atEnd) => {
    logExposed(config.credentials.exposed, log);
    const policy = await openPolicy(config.policy, log);
    const procedures = await openProcedures(config.procedures);
    const ownKeys = await readMessageKeys(config.secrets);
    const pageKey = await readKeyFile(config.secrets, pageKeyFile);
    const { environments } = (await policy.read()).policy;
    const refusing = Object.keys(environments).filter((name) => environments[name]?.messages.unsigned === 'refuse');
    if (!ownKeys && refusing.length > 0)
      log(`No message-key: requests for ${refusing.join(', ')} are refused. Make one with gantry key create.`);
    const oidc = await oidcSettings(config);
    const store = await openMigratedStore(config.store, { log });
    atEnd(() => store.close());
    const roleFault = await logRoleFault(store, 'api', config.store, log);
    const signingKeys = ownKeys && (await registerKeys(store, ownKeys, log));
    const { client, connection, close } = await connect(await endpointOf(config));
    atEnd(close);
    await registerSearchAttributes(connection, config.temporal.namespace);
    const newSecrets = openSecrets(config.secrets);
    const { listen, drainMs, trustedProxies } = config;
    const keys = { signingKeys, attestationKeys: [], pageKey };
    const temporalPage = pagesOf(config.temporal.uiUrl, config.temporal.namespace);
    const how = { listen, drainMs, trustedProxies, roleFault, oidc, temporalPage };
    const api = await startApi({
      store,
      client,
      policy,
      procedures,
      ...keys,
      ...how,
      pipelineAudiences: pipelineAudiences(config),
      folders: config.store.kind === 'pglite' ? [config.store.folder] : [],
      notify: notifyOf({ policy, newSecrets, publicUrl: () => config.publicUrl, pageKey, log }),
      removeLeftFolders: null,
      log,
    });
    const saying = keepSayingPolicy({ store, policy, kind: 'api' });
    atEnd(() => Promise.all([api.stop(), saying.stop()]));
    return { url: api.url };
  });
}
