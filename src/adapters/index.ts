import type { AdapterCatalog } from '../domain/kinds/adapter.ts';
import type { NotifierCatalog } from '../domain/kinds/notifier.ts';
import { actionKinds } from './actions/kinds.ts';
import { checkKinds } from './checks/kinds.ts';
import { notifierKinds } from './notifiers/kinds.ts';
import type { CommandSettings } from './process/command-environment.ts';

export type { Carry } from '../domain/health/monitor-counts.ts';
export { pauseFor } from './clock.ts';
export { readSource } from './configuration/read-source.ts';
export { writeRepository } from './git/write-repository.ts';
export type { CommandSettings } from './process/command-environment.ts';
export { type Isolation, isolationOf } from './process/isolation.ts';
export { removeLeftFolders } from './process/scratch.ts';
export { hold } from './sampling/hold.ts';
export { type EffectReading, readBack } from './sampling/read-back.ts';
export { observe } from './sampling/sample-until-decided.ts';
export { watchHealth } from './sampling/watch-health.ts';
export {
  attestationKeyFile,
  configurationKeyFile,
  messageKeyFile,
  oidcSecretFile,
  openSecrets,
  pageKeyFile,
} from './secrets.ts';

const byKind = <One extends { readonly kind: string }>(kinds: readonly One[]): ReadonlyMap<string, One> =>
  new Map(kinds.map((one) => [one.kind, one]));

/** Every kind of action and check that this process knows. */
export function createAdapters(settings: CommandSettings = {}): AdapterCatalog {
  return { actions: byKind(actionKinds(settings)), checks: byKind(checkKinds(settings)) };
}

/** Every kind of notifier, the same way; `log` takes one line for people. */
export function createNotifiers(log: (line: string) => void): NotifierCatalog {
  return byKind(notifierKinds(log));
}
