import type { TestProject } from 'vitest/node';
import { startPostgresForSuites } from './empty-store.ts';
import { cliOf } from './temporal.ts';
import type { Line } from './temporal-releases.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    temporalCli: string;
    temporalLine: Line;
    /** Where the stores of the suites are made; null where they are embedded ones. */
    postgres: string | null;
  }
}

/**
 * For `globalSetup` of every vitest project that needs Temporal: gets the CLI with the server that the project is for.
 * On the newer server the store is a PostgreSQL, as in a real installation; on the older one it is the embedded one.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const line = project.name === 'temporal-1.29' ? '1.29' : '1.32';
  project.provide('temporalLine', line);
  project.provide('temporalCli', await cliOf(line));
  const postgres = line === '1.32' ? await startPostgresForSuites() : null;
  project.provide('postgres', postgres?.address ?? null);
  return async () => postgres?.server.remove();
}
