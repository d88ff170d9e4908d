import { connect } from '../../src/temporal/connection.ts';
import { type DevServer, startDevServer } from '../../src/temporal/dev-server.ts';
import { findTemporalCli } from '../../src/temporal/find-cli.ts';
import { registerSearchAttributes } from '../../src/temporal/search-attributes.ts';

export interface SharedTemporal {
  readonly address: string;
  readonly namespace: string;
  /** Gives this use back; the last one ends the server. */
  readonly stop: () => Promise<void>;
}

interface Shared {
  users: number;
  readonly server: Promise<DevServer>;
}

declare global {
  // On globalThis because each vitest project loads this module anew, in the same process.
  var gantryTestTemporal: Shared | undefined;
}

/** One in-memory server for everybody in this process who asks, with Gantry's search attributes registered. */
export async function sharedTemporal(): Promise<SharedTemporal> {
  const shared = (globalThis.gantryTestTemporal ??= { users: 0, server: startForTests() });
  shared.users += 1;
  const { address, namespace } = await shared.server.catch((error: unknown) => {
    globalThis.gantryTestTemporal = undefined;
    throw error;
  });
  let isGivenBack = false;
  return {
    address,
    namespace,
    async stop() {
      if (isGivenBack) return;
      isGivenBack = true;
      shared.users -= 1;
      if (shared.users > 0) return;
      if (globalThis.gantryTestTemporal === shared) globalThis.gantryTestTemporal = undefined;
      await (await shared.server).stop();
    },
  };
}

/** The Temporal CLI of this machine; getting it the first time tells how far it is. */
export function cliForTests(): Promise<string> {
  return findTemporalCli({ env: process.env, progress: (line) => process.stderr.write(`${line}\n`) });
}

async function startForTests(): Promise<DevServer> {
  const server = await startDevServer({ cli: await cliForTests(), dataDir: null, uiPort: null });
  try {
    const { connection, close } = await connect(server);
    try {
      await registerSearchAttributes(connection, server.namespace);
    } finally {
      await close();
    }
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}
