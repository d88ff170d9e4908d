import type { TestProject } from 'vitest/node';
import { cliOf } from './temporal.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    temporalCli: string;
  }
}

/** For `globalSetup` of every vitest project that needs Temporal: gets the CLI with the server that the project is for. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide('temporalCli', await cliOf(project.name === 'temporal-1.29' ? '1.29' : '1.32'));
}
