import type { Client } from '@temporalio/client';
import type { ActivityDeps } from '../activities/index.ts';
import { createDelivery } from '../activities/notifications/deliver.ts';
import {
  type CommandSettings,
  createAdapters,
  createNotifiers,
  type Isolation,
  openSecrets,
  readSource,
  writeRepository,
} from '../adapters/index.ts';
import type { AttestationKey } from '../domain/trust/attestation-key.ts';
import type { PolicyFile } from '../files/policy.ts';
import type { ProcedureFolder } from '../files/procedure.ts';
import type { Store } from '../store/index.ts';
import { createAttempts } from '../temporal/attempts.ts';
import { createHistories } from '../temporal/histories.ts';
import { createJournals } from '../temporal/journals.ts';
import { createMonitors } from '../temporal/monitors.ts';
import { createSightings } from '../temporal/sightings.ts';
import { createTargets } from '../temporal/targets.ts';
import { createTrust, type Trust } from './keys/trusted-keys.ts';
import { workerName } from './worker-name.ts';

export interface WorkerParts {
  readonly store: Store;
  readonly policy: PolicyFile;
  readonly procedures: ProcedureFolder;
  readonly client: Client;
  readonly recordsFolder: string;
  readonly secretsFolder: string | null;
  /** Signs what records certify. */
  readonly attestationKey: AttestationKey | null;
  /** With it values of configurations are compared that must not be seen; they are not when absent or null. */
  readonly configurationKey?: Uint8Array | null;
  /** Folders of Gantry's own that no configuration is read from, beside that of the secrets. */
  readonly closedFolders?: readonly string[];
  /** With it pages get links by which they are acknowledged; none when absent or null. */
  readonly pageKey?: Uint8Array | null;
  /** Whose word counts; what the store says when absent. */
  readonly trust?: Trust;
  /** Where commands are looked for; a usual list when absent. */
  readonly path?: string | undefined;
  /** Whom commands run as; as this process, kept from nothing, when absent. */
  readonly isolation?: Isolation;
  /** Where browsers reach the API, for links; null or absent: nobody has said it. */
  readonly publicUrl?: () => string | null;
  /** Takes one line for people, such as a notification of a stakeholder who logs. */
  readonly log: (line: string) => void;
}

/** How a process tells people: a worker, and an API that looks while no worker does. */
export function notifyOf({
  policy,
  newSecrets,
  publicUrl,
  pageKey,
  log,
}: Required<Pick<WorkerParts, 'policy' | 'publicUrl' | 'pageKey' | 'log'>> &
  Pick<ActivityDeps, 'newSecrets'>): ActivityDeps['notify'] {
  return createDelivery({ notifiers: createNotifiers(log), newSecrets, policy, publicUrl, pageKey, now: Date.now });
}

/** Puts together what a worker's activities reach the world with. */
export function workerDeps(parts: WorkerParts): ActivityDeps {
  const { store, policy, procedures, client, recordsFolder, secretsFolder, attestationKey, path, log } = parts;
  const { publicUrl = () => null, isolation } = parts;
  const commands: CommandSettings = { ...(path === undefined ? {} : { path }), user: isolation?.user ?? null };
  const newSecrets = openSecrets(secretsFolder);
  const trust = parts.trust ?? createTrust(store);
  return {
    store,
    policy,
    procedures,
    recordsFolder,
    attestationKey,
    catalog: createAdapters(commands),
    isIsolated: isolation?.isIsolated ?? false,
    newSecrets,
    readSource: (source, context) =>
      readSource(source, context, {
        digestKey: parts.configurationKey ?? null,
        closedFolders: [...(secretsFolder === null ? [] : [secretsFolder]), ...(parts.closedFolders ?? [])],
        ...commands,
      }),
    writeRepository: (writing, within) =>
      writeRepository(writing, { ...within, secrets: newSecrets(), ...(path === undefined ? {} : { path }) }),
    publicUrl,
    trustedKey: (id) => trust.key(id),
    histories: createHistories(client),
    journals: createJournals(client),
    targets: createTargets(client),
    attempts: createAttempts(client),
    sightings: createSightings(client),
    monitors: createMonitors(client),
    notify: notifyOf({ policy, newSecrets, publicUrl, pageKey: parts.pageKey ?? null, log }),
    worker: workerName(),
    now: Date.now,
  };
}
