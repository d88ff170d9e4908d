import type { Connection } from '@temporalio/client';
import { hasCode } from '../../domain/base/errors.ts';
import { taskQueues } from '../../domain/base/task-queues.ts';
import { type Poller, pollersOf } from '../../temporal/pollers.ts';
import { workerVersions } from '../../temporal/worker-versions.ts';
import { type Finding, type Findings, fault, ok } from './finding.ts';

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
