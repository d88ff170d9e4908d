import type { Config } from '../../config/config.ts';
import { makeCurrent, type WorkerVersion, workerVersions } from '../../temporal/worker-versions.ts';
import { buildId } from '../build.ts';
import { withTemporal } from './with-temporal.ts';

/** What the workers of this installation are called; null: `GANTRY_BUILD=unversioned`. */
export async function buildOf({ build }: Config): Promise<string | null> {
  if (build === 'unversioned') return null;
  return build ?? (await buildId());
}

/** `gantry worker versions`: every build that Temporal knows, a line each. */
export function versionLines(config: Config): Promise<readonly string[]> {
  return withTemporal(config, async ({ connection }) => {
    const { versions } = await workerVersions(connection, config.temporal.namespace);
    if (versions.length === 0) return ['No versioned worker has polled yet.'];
    const maxLength = Math.max(...versions.map(({ build }) => build.length));
    return versions.map(({ build, state }) => `${build.padEnd(maxLength)}  ${state}: ${meaning[state]}`);
  });
}

const meaning: { readonly [state in WorkerVersion['state']]: string } = {
  current: 'new deployments go to it',
  draining: 'deployments that it began still run: leave its workers alone',
  drained: 'nothing runs on it any more: its workers may go',
  idle: 'has never been the current one',
};

/** As {@link makeCurrent}, on the server that is configured. Answers the current build. Throws `not-ready`. */
export function promote(
  config: Config,
  build: string,
  how: Parameters<typeof makeCurrent>[3] = { withinMs: 5_000 },
): Promise<string> {
  return withTemporal(config, ({ connection }) => makeCurrent(connection, config.temporal.namespace, build, how));
}
