import type { Client } from '@temporalio/client';
import type { ActivityDeps } from '../activities/index.ts';
import { createDelivery, type DeliveryParts } from '../activities/notifications/deliver.ts';
import {
  type CommandSettings,
  createAdapters,
  createNotifiers,
  type Isolation,
  openSecrets,
  readSource,
  writeRepository,
} from '../adapters/index.ts';
import { createAttempts } from '../temporal/attempts.ts';
import { createHistories } from '../temporal/histories.ts';
import { createJournals } from '../temporal/journals.ts';
import { createMonitors } from '../temporal/monitors.ts';
import { createSightings } from '../temporal/sightings.ts';
import { createTargets } from '../temporal/targets.ts';
import { createTrust, type Trust } from './keys/trusted-keys.ts';
import { workerName } from './worker-name.ts';

type Given = 'store' | 'policy' | 'procedures' | 'recordsFolder' | 'attestationKey';

export interface WorkerParts extends Required<Pick<ActivityDeps, Given>>, Partial<Pick<ActivityDeps, 'publicUrl'>> {
  readonly client: Client;
  readonly secretsFolder: string | null;
  /** Compares secret values of configurations; they are not compared when absent or null. */
  readonly configurationKey?: Uint8Array | null;
  /** Folders of Gantry's own that no configuration is read from, beside that of the secrets. */
  readonly closedFolders?: readonly string[];
  /** Signs the links by which pages are acknowledged; pages have none when absent or null. */
  readonly pageKey?: Uint8Array | null;
  /** The trusted keys of the API; read from the store when absent. */
  readonly trust?: Trust;
  /** Where commands are looked for; a usual list when absent or null. */
  readonly path?: string | null | undefined;
  /** Whom commands run as; as this process, kept from nothing, when absent. */
  readonly isolation?: Isolation;
  /** Takes one line for people, such as a notification of a stakeholder who logs. */
  readonly log: (line: string) => void;
}

type NotifyParts = Omit<DeliveryParts, 'notifiers' | 'now'> & Pick<WorkerParts, 'log'>;

/** How a process notifies people: a worker, and an API that looks for stuck workflows while no worker does. */
export function notifyOf({ log, ...parts }: NotifyParts): ActivityDeps['notify'] {
  return createDelivery({ ...parts, notifiers: createNotifiers(log), now: Date.now });
}

/** Puts together what a worker's activities reach the world with. */
export function workerDeps(parts: WorkerParts): ActivityDeps {
  const { store, policy, procedures, recordsFolder, attestationKey, client, secretsFolder, pageKey, log } = parts;
  const { publicUrl = () => null, isolation } = parts;
  const path = parts.path == null ? {} : { path: parts.path };
  const commands: CommandSettings = { ...path, user: isolation?.user ?? null };
  const newSecrets = openSecrets(secretsFolder);
  const trust = parts.trust ?? createTrust(store);
  return {
    store,
    policy,
    procedures,
    recordsFolder,
    attestationKey,
    newSecrets,
    publicUrl,
    catalog: createAdapters(commands),
    isIsolated: isolation?.isIsolated ?? false,
    readSource: (source, context) =>
      readSource(source, context, {
        digestKey: parts.configurationKey ?? null,
        closedFolders: [...(secretsFolder === null ? [] : [secretsFolder]), ...(parts.closedFolders ?? [])],
        ...commands,
      }),
    writeRepository: (writing, within) => writeRepository(writing, { ...within, ...path, secrets: newSecrets() }),
    trustedKey: (id) => trust.key(id),
    histories: createHistories(client),
    journals: createJournals(client),
    targets: createTargets(client),
    attempts: createAttempts(client),
    sightings: createSightings(client),
    monitors: createMonitors(client),
    notify: notifyOf({ policy, newSecrets, publicUrl, pageKey: pageKey ?? null, log }),
    worker: workerName(),
    now: Date.now,
  };
}
