import type { Config } from '../../config/config.ts';
import { connect } from '../../temporal/connection.ts';
import { makeCurrent, type WorkerVersion, workerVersions } from '../../temporal/worker-versions.ts';
import { buildId } from '../build.ts';
import { endpointOf } from '../open-parts.ts';

/** What the workers of this installation are called; null: `GANTRY_BUILD=unversioned`. */
export async function buildOf({ build }: Config): Promise<string | null> {
  if (build === 'unversioned') return null;
  return build ?? (await buildId());
}

/** `gantry worker versions`: every build that Temporal knows, a line each. */
export async function versionLines(config: Config): Promise<readonly string[]> {
  const endpoint = await endpointOf(config);
  const { connection, close } = await connect(endpoint);
  try {
    const { versions } = await workerVersions(connection, endpoint.namespace);
    if (versions.length === 0) return ['No versioned worker has polled yet.'];
    const maxLength = Math.max(...versions.map(({ build }) => build.length));
    return versions.map(({ build, state }) => `${build.padEnd(maxLength)}  ${state}: ${meaning[state]}`);
  } finally {
    await close();
  }
}

const meaning: { readonly [state in WorkerVersion['state']]: string } = {
  current: 'new deployments go to it',
  draining: 'deployments that it began still run: leave its workers alone',
  drained: 'nothing runs on it any more: its workers may go',
  idle: 'has never been the current one',
};

/** As {@link makeCurrent}, on the server that is configured. Answers the current build. Throws `not-ready`. */
export async function promote(
  config: Config,
  build: string,
  how: Parameters<typeof makeCurrent>[3] = { withinMs: 5_000 },
): Promise<string> {
  const endpoint = await endpointOf(config);
  const { connection, close } = await connect(endpoint);
  try {
    return await makeCurrent(connection, endpoint.namespace, build, how);
  } finally {
    await close();
  }
}
