import type { TestProject } from 'vitest/node';
import { sharedTemporal } from './temporal.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    temporalAddress: string;
    temporalNamespace: string;
  }
}

/** For `globalSetup` of every vitest project that needs Temporal; tests read it by `inject('temporalAddress')`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const temporal = await sharedTemporal();
  project.provide('temporalAddress', temporal.address);
  project.provide('temporalNamespace', temporal.namespace);
  return () => temporal.stop();
}
