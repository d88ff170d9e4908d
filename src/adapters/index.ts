import type { ActionAdapter, AdapterCatalog, CheckAdapter } from '../domain/kinds/adapter.ts';
import type { Notifier, NotifierCatalog } from '../domain/kinds/notifier.ts';
import { commandAction } from './actions/command.ts';
import { httpAction } from './actions/http.ts';
import { availabilityCheck } from './checks/availability.ts';
import { commandCheck } from './checks/command.ts';
import { httpCheck } from './checks/http.ts';
import { prometheusCheck } from './checks/prometheus.ts';
import { tcpCheck } from './checks/tcp.ts';
import { cloudeventsNotifier } from './notifiers/cloudevents.ts';
import { emailNotifier } from './notifiers/email.ts';
import { logNotifier } from './notifiers/log.ts';
import { slackNotifier } from './notifiers/slack.ts';
import { teamsNotifier } from './notifiers/teams.ts';
import { webhookNotifier } from './notifiers/webhook.ts';
import type { CommandSettings } from './process/run-command.ts';

export { pauseFor } from './clock.ts';
export { readSource } from './configuration/read-source.ts';
export { writeRepository } from './git/write-repository.ts';
export { type Isolation, isolationOf } from './process/isolation.ts';
export type { CommandSettings } from './process/run-command.ts';
export { removeLeftFolders } from './process/scratch.ts';
export type { Carry } from './sampling/health-counts.ts';
export { hold } from './sampling/hold.ts';
export { observe } from './sampling/observe.ts';
export { type EffectReading, readBack } from './sampling/read-back.ts';
export { watchHealth } from './sampling/watch-health.ts';
export {
  attestationKeyFile,
  configurationKeyFile,
  messageKeyFile,
  oidcSecretFile,
  openSecrets,
  pageKeyFile,
} from './secrets.ts';

/** Every kind that this process knows. A new kind is one file and one line here. */
export function createAdapters(settings: CommandSettings = {}): AdapterCatalog {
  const actions = [commandAction(settings), httpAction] as unknown as readonly ActionAdapter[];
  const checks = [
    httpCheck,
    tcpCheck,
    commandCheck(settings),
    availabilityCheck,
    prometheusCheck,
  ] as unknown as readonly CheckAdapter[];
  return {
    actions: new Map(actions.map((adapter) => [adapter.kind, adapter])),
    checks: new Map(checks.map((adapter) => [adapter.kind, adapter])),
  };
}

/** Every kind of notifier, the same way; `log` takes one line for people. */
export function createNotifiers(log: (line: string) => void): NotifierCatalog {
  const notifiers = [
    logNotifier(log),
    emailNotifier,
    slackNotifier,
    teamsNotifier,
    webhookNotifier,
    cloudeventsNotifier,
  ] as unknown as readonly Notifier[];
  return new Map(notifiers.map((notifier) => [notifier.kind, notifier]));
}
