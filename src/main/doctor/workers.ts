import type { Connection } from '@temporalio/client';
import { hasCode } from '../../domain/base/errors.ts';
import { taskQueues } from '../../domain/base/task-queues.ts';
import type { KnownProcess } from '../../store/index.ts';
import { type FreeSlots, freeSlots, type WorkerWord, wordsOfWorkers } from '../../temporal/free-slots.ts';
import { type Poller, pollersOf } from '../../temporal/pollers.ts';
import { workerVersions } from '../../temporal/worker-versions.ts';
import { type Finding, type Findings, fault, ok, warning } from './finding.ts';
import { judgePolicies, type KnownPolicies } from './policies.ts';

/** What is known of workers beside what Temporal says. */
export type KnownBeside = Omit<KnownPolicies, 'polling'>;

/**
 * Whether workers serve every task queue, of which builds they are, what each has free, and whether all work with one policy;
 * `now` by Temporal's clock.
 */
export async function workerFindings(
  connection: Connection,
  namespace: string,
  { said, own }: KnownBeside,
  now: number,
): Promise<Findings> {
  const names = Object.values(taskQueues);
  const words = await wordsOfWorkers(connection, namespace, now);
  const pollers = await Promise.all(
    names.map(async (name) => withoutStopped(await pollersOf(connection, namespace, name, now), words)),
  );
  const current = await workerVersions(connection, namespace).then(
    (versions) => versions.current,
    (error: unknown) => {
      // A server that knows no versions has workers without.
      if (hasCode(error, 'invalid-config')) return null;
      throw error;
    },
  );
  const all = pollers.flat();
  const slots = freeSlots(words);
  return [
    ...judgeWorkers(new Map(names.map((name, i) => [name, pollers[i] ?? []])), current),
    ...describeWorkers(all, slots, said ?? []),
    ...judgePolicies({ polling: identitiesOf(all), said, own }),
    judgeSlots(slots),
  ];
}

/**
 * Pollers but for those that say that they have stopped: Temporal lists them for a while. The last word of a worker counts
 * for all of its queues, which it leaves together: what it said of one may have come late.
 */
export function withoutStopped(pollers: readonly Poller[], words: readonly WorkerWord[]): readonly Poller[] {
  return pollers.filter(({ identity, build }) => {
    const own = words.filter((word) => word.identity === identity && word.build === build);
    return own.toSorted((one, other) => one.saidMs - other.saidMs).at(-1)?.isRunning ?? true;
  });
}

/** Each worker that polls, with its build, its policy and its free slots, as far as they are known. */
export function describeWorkers(
  pollers: readonly Poller[],
  slots: readonly FreeSlots[],
  said: readonly KnownProcess[],
): Findings {
  return identitiesOf(pollers).map((identity) => {
    const build = pollers.find((one) => one.identity === identity)?.build ?? 'unversioned';
    const policy = said.find(({ kind, name }) => kind === 'worker' && name === identity)?.policyDigest ?? 'unknown';
    const free = slots.filter((one) => one.identity === identity).map((one) => `${one.free} of ${one.queue}`);
    return ok('worker', `${identity}: build ${build}; policy ${policy}; free are ${free.join(', ') || 'unknown'}.`);
  });
}

const identitiesOf = (pollers: readonly Poller[]): readonly string[] =>
  [...new Set(pollers.map(({ identity }) => identity))].toSorted();

/**
 * Whether of each build some worker has a free slot on each task queue, as they last said: none of another build takes what
 * waits there. A moment without a free slot is not yet trouble.
 */
export function judgeSlots(said: readonly FreeSlots[]): Finding {
  const builds = [...new Set(said.map(({ build }) => build))];
  const byQueue = Object.entries(taskQueues).flatMap(([name, queue]) =>
    builds.flatMap((build) => {
      const own = said.filter((one) => one.queue === queue && one.build === build);
      const place = builds.length === 1 ? queue : `${queue} (build ${build ?? 'unversioned'})`;
      return own.length === 0 ? [] : [{ name, place, free: own.reduce((sum, { free }) => sum + free, 0) }];
    }),
  );
  if (byQueue.length === 0)
    return ok('slots', 'Nothing is known of them: no worker has told this server yet, or it takes no such word.');
  const full = byQueue.filter(({ free }) => free === 0);
  if (full.length === 0)
    return ok('slots', `Free are ${byQueue.map(({ place, free }) => `${free} of ${place}`).join(', ')}.`);
  const variables = [...new Set(full.map(({ name }) => `GANTRY_SLOTS_${name.toUpperCase()}`))].join(', ');
  return warning(
    'slots',
    `No worker has a free slot on ${full.map(({ place }) => place).join(', ')}: what comes there waits.`,
    `start another gantry worker${builds.length === 1 ? '' : ' of that build'}, or raise ${variables} (docs/operations.md)`,
  );
}

/** Whether every task queue is polled, and of which builds: pollers by task queue, and the build that new deployments go to. */
export function judgeWorkers(byQueue: ReadonlyMap<string, readonly Poller[]>, current: string | null): Findings {
  const start = 'start gantry worker, which serves all of them; its log says what keeps it';
  const idle = [...byQueue].flatMap(([name, of]) => (of.length === 0 ? [name] : []));
  const all = [...byQueue.values()].flat();
  if (idle.length > 0)
    return [fault('workers', `No worker polls ${idle.join(', ')}: what waits there does not move.`, start)];
  return [
    ok('workers', `${identitiesOf(all).join(', ')} poll all of ${[...byQueue.keys()].join(', ')}.`),
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
