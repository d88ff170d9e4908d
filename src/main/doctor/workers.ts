import type { Connection } from '@temporalio/client';
import { hasCode } from '../../domain/base/errors.ts';
import { taskQueues } from '../../domain/base/task-queues.ts';
import { type Poller, pollersOf } from '../../temporal/pollers.ts';
import { type FreeSlots, freeSlots } from '../../temporal/worker-slots.ts';
import { workerVersions } from '../../temporal/worker-versions.ts';
import { type Finding, type Findings, fault, ok, warning } from './finding.ts';

/** Whether workers serve every task queue, and of which builds they are. */
export async function workerFindings(connection: Connection, namespace: string): Promise<Findings> {
  const names = Object.values(taskQueues);
  const pollers = await Promise.all(names.map((name) => pollersOf(connection, namespace, name)));
  const current = await workerVersions(connection, namespace).then(
    (versions) => versions.current,
    (error: unknown) => {
      // A server that knows no versions has workers without.
      if (hasCode(error, 'invalid-config')) return null;
      throw error;
    },
  );
  return judgeWorkers(new Map(names.map((name, i) => [name, pollers[i] ?? []])), current);
}

/** How many slots workers have free on each of the task queues, as they last said. */
export async function slotFindings(connection: Connection, namespace: string): Promise<Findings> {
  return [judgeSlots(await freeSlots(connection, namespace))];
}

/** The same for what they said. A moment without a free slot is not yet trouble. */
export function judgeSlots(said: readonly FreeSlots[]): Finding {
  const byQueue = Object.entries(taskQueues).flatMap(([name, queue]) => {
    const own = said.filter((one) => one.queue === queue);
    return own.length === 0 ? [] : [{ name, queue, free: own.reduce((sum, { free }) => sum + free, 0) }];
  });
  if (byQueue.length === 0)
    return ok('slots', 'Nothing is known of them: no worker has told this server yet, or it takes no such word.');
  const full = byQueue.filter(({ free }) => free === 0);
  if (full.length === 0)
    return ok('slots', `Free are ${byQueue.map(({ queue, free }) => `${free} of ${queue}`).join(', ')}.`);
  const variables = full.map(({ name }) => `GANTRY_SLOTS_${name.toUpperCase()}`).join(', ');
  return warning(
    'slots',
    `No worker has a free slot on ${full.map(({ queue }) => queue).join(', ')}: what comes there waits.`,
    `start another gantry worker, or raise ${variables} (docs/operations.md)`,
  );
}

/** The same for what was found: pollers by task queue, and the build that new deployments go to. */
export function judgeWorkers(byQueue: ReadonlyMap<string, readonly Poller[]>, current: string | null): Findings {
  const start = 'start gantry worker, which serves all of them; its log says what keeps it';
  const idle = [...byQueue].flatMap(([name, of]) => (of.length === 0 ? [name] : []));
  const all = [...byQueue.values()].flat();
  const identities = [...new Set(all.map(({ identity }) => identity))].toSorted();
  if (idle.length > 0)
    return [fault('workers', `No worker polls ${idle.join(', ')}: what waits there does not move.`, start)];
  return [
    ok('workers', `${identities.join(', ')} poll all of ${[...byQueue.keys()].join(', ')}.`),
    buildFinding(all, current),
  ];
}

function buildFinding(pollers: readonly Poller[], current: string | null): Finding {
  const builds = [...new Set(pollers.map(({ build }) => build ?? 'unversioned'))].toSorted();
  if (current === null || builds.includes(current))
    return ok('builds', `${builds.join(', ')}; new deployments go to ${current ?? 'whoever is there'}.`);
  return fault(
    'builds',
    `New deployments go to build ${current}, of which no worker polls; there is ${builds.join(', ')}.`,
    `start workers of ${current}, or: gantry worker promote ${builds.find((build) => build !== 'unversioned') ?? '<build>'}`,
  );
}
