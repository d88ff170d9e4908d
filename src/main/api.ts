import type { Client } from '@temporalio/client';
import { pino } from 'pino';
import { createAdapters } from '../adapters/index.ts';
import { buildApp } from '../api/app.ts';
import type { ApiDeps } from '../api/deps.ts';
import type { Store } from '../store/index.ts';
import { createGateway } from '../temporal/gateway.ts';
import { thisBuild } from './build.ts';
import { roomIn, watchDisk } from './disk-room.ts';
import { cannotListen } from './free-port.ts';
import { errorLines } from './lines.ts';
import { keepLooking, type LookoutParts, supervise } from './lookout.ts';
import type { Running } from './run-until-signal.ts';
import { keepUp, type UpkeepParts } from './upkeep.ts';

type Given = 'policy' | 'procedures' | 'signingKeys' | 'attestationKeys' | 'pageKey' | 'oidc' | 'trustedProxies';

export interface ApiParts
  extends Pick<ApiDeps, Given | 'roleFault' | 'commands' | 'pipelineAudiences' | 'temporalPage'> {
  readonly store: Store;
  readonly client: Client;
  readonly listen: { readonly host: string; readonly port: number };
  /** How long the API goes on working, and reports that it is ending, after a signal to end; milliseconds. */
  readonly drainMs: number;
  /** Folders that this process, or a part of it, keeps its state in. */
  readonly folders: readonly string[];
  readonly notify: LookoutParts['notify'];
  readonly removeLeftFolders: UpkeepParts['removeLeftFolders'];
  /** Takes one line for people. */
  readonly log: (line: string) => void;
}

/**
 * Starts the HTTP API, and what an API process sees to besides; resolves once it accepts requests. Throws `invalid-config`
 * when the port is taken.
 */
export async function startApi(parts: ApiParts): Promise<Running & { readonly url: string }> {
  const { client, listen, drainMs, folders, notify, removeLeftFolders, log, ...deps } = parts;
  const { store, policy } = deps;
  const roomFault = roomIn(folders);
  const app = await buildApp({
    ...deps,
    roomFault,
    build: await thisBuild(),
    gateway: createGateway(client),
    catalog: createAdapters(),
    now: Date.now,
    logger: pino({ level: 'warn' }, errorLines),
  });
  // Made once, before a request could wait for it.
  app.swagger();
  const url = await app.listen({ ...listen }).catch(async (cause: NodeJS.ErrnoException) => {
    await app.close();
    throw cannotListen(listen, cause);
  });
  await supervise(client, log);
  const besides = [
    keepLooking({ store, client, policy, notify, log }),
    watchDisk({ room: roomFault, store, policy, notify }),
    keepUp({ store, sweeps: true, removeLeftFolders, log }),
  ];
  return {
    url,
    async stop() {
      await Promise.all([app.drainAndClose(drainMs), ...besides.map((one) => one.stop())]);
    },
  };
}
