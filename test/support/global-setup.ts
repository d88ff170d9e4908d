import type { TestProject } from 'vitest/node';
import { cliOf } from './temporal.ts';
import type { Line } from './temporal-releases.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    temporalCli: string;
    temporalLine: Line;
  }
}

/** For `globalSetup` of every vitest project that needs Temporal: gets the CLI with the server that the project is for. */
export default async function setup(project: TestProject): Promise<void> {
  const line = project.name === 'temporal-1.29' ? '1.29' : '1.32';
  project.provide('temporalLine', line);
  project.provide('temporalCli', await cliOf(line));
}
