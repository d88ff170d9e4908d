import type { Client } from '@temporalio/client';
import { lookAround, type Pager, pageFindings } from '../activities/supervision/supervise.ts';
import { messageOf } from '../domain/base/errors.ts';
import type { Known } from '../domain/supervision/known.ts';
import type { Finding } from '../domain/supervision/sightings.ts';
import type { Store } from '../store/index.ts';
import { createSightings } from '../temporal/sightings.ts';
import { ensureSupervision, supervisedAt } from '../temporal/supervision-schedule.ts';
import { loggedOnce, type Repeated, repeat } from './repeat.ts';
import { workerName } from './worker-name.ts';

const everyMs = 30_000;

/** Supervision that was not started for so long has stopped. */
const silentMs = 75_000;

export interface LookoutParts {
  readonly store: Pick<Store, 'addAlert' | 'deployments'>;
  readonly client: Client;
  readonly policy: Pager['policy'];
  readonly notify: Pager['notify'];
  /** Takes one line for people. */
  readonly log: (line: string) => void;
  /** Milliseconds since the epoch; this machine's clock when absent. */
  readonly now?: () => number;
}

/** Has supervision started every 30 s. Logs what prevents that; `keepLooking` tries again. */
export async function supervise(client: Client, log: (line: string) => void): Promise<void> {
  await ensureSupervision(client).catch((error: unknown) =>
    log(`The schedule gantry-supervision could not be made: ${messageOf(error)}`),
  );
}

/**
 * Looks for what does not move while supervision cannot. Supervision is a workflow, which needs a worker: where none polls,
 * or the schedule has stopped, this process looks and pages by the same rules. Never throws; logs once what prevents it.
 */
export function createLookout({
  store,
  client,
  policy,
  notify,
  log,
  now = Date.now,
}: LookoutParts): () => Promise<void> {
  const pager: Pager = { store, policy, notify, worker: workerName(), now };
  const sightings = createSightings(client);
  let known: Known = {};

  const round = async (): Promise<void> => {
    const [polledAt, lookedAt] = await Promise.all([sightings.workflowsPolledAt(), supervisedAt(client)]);
    const isServed = polledAt !== null && now() - Date.parse(polledAt) < silentMs;
    const isLooking = lookedAt !== null && now() - lookedAt < silentMs;
    if (lookedAt === null) await ensureSupervision(client);
    if (isServed && isLooking) return;
    const stopped: Finding = {
      code: 'supervision-stopped',
      of: 'gantry-supervision',
      detail: 'The schedule gantry-supervision has not started for a minute: unpause it in Temporal.',
    };
    const found = await lookAround({ store, sightings, now });
    const isDeleted = lookedAt === null;
    known = await pageFindings(pager, isServed && !isDeleted ? [stopped, ...found] : found, known);
  };

  const faultIn = (error: unknown) => `Nobody could look for workflows that do not move: ${messageOf(error)}`;
  return loggedOnce(round, faultIn, log);
}

/** Does the same every 30 s, until it is stopped. */
export function keepLooking(parts: LookoutParts): Repeated {
  return repeat(everyMs, createLookout(parts));
}
