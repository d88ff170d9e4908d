import { taskQueues } from '../base/task-queues.ts';
import type { Finding, PendingActivity, QueueSighting, Sighting, Sightings } from './sightings.ts';

// Bounds in milliseconds: evaluated every 30 s, all of them lead to a page within 2 minutes.

/** How long a compensation may wait for a worker: the shortest bound, since nothing else is as urgent. */
const compensationMs = 15_000;

/** How long any other activity or task may wait for a worker. */
const untakenMs = 60_000;

/** A poll lasts a minute at most, so a queue that was polled within this time has a worker. */
const pollMs = 75_000;

/** How long a deployment may do nothing and wait for nothing; longer than the API may take to send its proof (60 s). */
const stillMs = 75_000;

/** How long a back-off after a failed attempt may last. */
const backOffMs = 15 * 60_000;

/** One failed attempt is a lost worker, two may be coincidence. */
const failedAttempts = 3;

/** A deployment has some 150 events, and Temporal ends it at 51,200; a target goes on in a new run at about 4,000. */
const maxEvents = { deployment: 5_000, target: 15_000 } as const;

/** Temporal ends a run at 50 MB. */
const maxBytes = 20 * 1024 * 1024;

/** What people are to be paged about, by what was seen; the worst first. */
export function evaluateSightings({ workflows, queues }: Sightings, now: number): readonly Finding[] {
  const unserved = workflows.length === 0 ? [] : queues.filter((queue) => isUnserved(queue, now));
  const round = { now, isServed: (queue: string) => !unserved.some((one) => one.queue === queue) };
  return [
    ...unserved.map(
      ({ queue, polledAt }): Finding => ({
        code: 'queue-unserved',
        of: queue,
        detail: `No worker asks for work on ${queue}${polledAt === null ? '' : ` since ${polledAt}`}, and ${workflows.length} workflows are open. Start a worker.`,
      }),
    ),
    ...workflows.flatMap((sighting) => [
      ...ofActivities(sighting, round),
      ...ofTask(sighting, round),
      ...ofHistory(sighting),
      ...ofStandstill(sighting, now),
    ]),
  ].sort((a, b) => severity(a) - severity(b));
}

function severity({ code, isCompensation }: Finding): number {
  if (code === 'queue-unserved') return 0;
  if (code === 'activity-waits') return isCompensation ? 1 : 3;
  return code === 'task-fails' ? 2 : 4;
}

const age = (since: string | null, now: number) => (since === null ? 0 : now - Date.parse(since));

function isUnserved({ polledAt }: QueueSighting, now: number): boolean {
  return polledAt === null || age(polledAt, now) > pollMs;
}

/** The task queue of an activity, also where the server does not report it. */
function queueOf({ type, queue }: PendingActivity): string {
  if (queue !== null) return queue;
  const known: Readonly<Record<string, string>> = {
    act: taskQueues.actions,
    compensate: taskQueues.rollback,
    monitor: taskQueues.monitors,
    awaitWindow: taskQueues.waits,
    followDeployment: taskQueues.waits,
  };
  return known[type] ?? taskQueues.main;
}

const found = (code: Finding['code'], of: string, why: string): Finding => ({ code, of, detail: `${of}: ${why}` });

interface Round {
  readonly now: number;
  readonly isServed: (queue: string) => boolean;
}

function ofActivities({ workflowId, activities }: Sighting, { isServed, now }: Round): readonly Finding[] {
  return activities.flatMap((activity): Finding[] => {
    const { type, state, since } = activity;
    const queue = queueOf(activity);
    const isCompensation = type === 'compensate' || queue === taskQueues.rollback;
    const what = isCompensation ? `a compensation (${type})` : `activity ${type}`;
    const waits = (why: string) => [{ ...found('activity-waits', workflowId, why), part: type, isCompensation }];
    if (state === 'paused') return waits(`${what} was paused in Temporal: unpause it.`);
    // A queue without a worker has one page of its own.
    if (state !== 'waiting' || !isServed(queue)) return [];
    if (age(since, now) <= (isCompensation ? compensationMs : untakenMs)) return [];
    return waits(
      `no worker has taken ${what} on ${queue} since ${since}: its workers are full, or of another version.`,
    );
  });
}

function ofTask({ workflowId, task, problems }: Sighting, { isServed, now }: Round): readonly Finding[] {
  if (task && task.attempt >= failedAttempts) {
    const attempt = [`attempt ${task.attempt}`, ...problems].join(', ');
    const why = `its workflow tasks fail (${attempt}), so nothing is carried out, not even an abort. Deploy a worker that can go on with it.`;
    return [found('task-fails', workflowId, why)];
  }
  if (!task || task.isStarted || age(task.since, now) <= untakenMs || !isServed(taskQueues.main)) return [];
  return [found('task-waits', workflowId, `no worker has taken its workflow task since ${task.since}.`)];
}

function ofHistory({ workflowId, events, bytes }: Sighting): readonly Finding[] {
  const limit = maxEvents[workflowId.startsWith('target/') ? 'target' : 'deployment'];
  if (events < limit && bytes < maxBytes) return [];
  const why = `its history has ${events} events, ${bytes} bytes. At 51,200 events, 10,000 signals or 50 MB Temporal ends it without a rollback. Find out who sends to it past the API.`;
  return [found('history-fills', workflowId, why)];
}

function ofStandstill({ workflowId, idle }: Sighting, now: number): readonly Finding[] {
  if (!idle || age(idle.since, now) <= (idle.isBackingOff ? backOffMs : stillMs)) return [];
  const still = (why: string) => [
    found('stands-still', workflowId, `nothing has happened since ${idle.since}, ${why}`),
  ];
  const open = idle.waits.filter(({ until }) => until === null || age(until, now) <= stillMs);
  if (open.some(({ kind }) => kind === 'target') && idle.holdsTarget)
    return still('though its target has granted it the lock. Abort it.');
  if (open.length > 0) return [];
  return still(
    idle.waits.length === 0 ? 'nothing runs and nothing is waited for.' : 'and what it waited for is long over.',
  );
}
