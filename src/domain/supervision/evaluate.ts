import { taskQueues } from '../base/task-queues.ts';
import type { Finding, PendingActivity, QueueSighting, Sighting, Sightings } from './sightings.ts';

// Bounds in milliseconds: with a look every 30 s, all of them lead to a page within 2 minutes.

/** A compensation that no worker takes for so long; nothing is worse to wait for. */
const compensationMs = 15_000;

/** Any other activity or task that no worker takes. */
const untakenMs = 60_000;

/** A poll lasts a minute at most, so a queue that was asked no later than this has a worker. */
const pollMs = 75_000;

/** A deployment in which nothing runs and nothing is waited for; longer than the API may take for its word (60 s). */
const stillMs = 75_000;

/** How long a back-off after a failed attempt may last. */
const backOffMs = 15 * 60_000;

/** Once is a worker that was lost, twice is bad luck. */
const failedAttempts = 3;

/** A deployment has some 150 events, and Temporal ends it at 51,200; a target goes on in a new run at about 4,000. */
const maxEvents = { deployment: 5_000, target: 15_000 } as const;

/** Temporal ends a run at 50 MB. */
const maxBytes = 20 * 1024 * 1024;

/** What a person should hear of. Pure: what was seen in, what is wrong out, the worst first. */
export function evaluateSightings({ workflows, queues }: Sightings, now: number): readonly Finding[] {
  const unserved = workflows.length === 0 ? [] : queues.filter((queue) => isUnserved(queue, now));
  const isServed = (queue: string) => !unserved.some((one) => one.queue === queue);
  return [
    ...unserved.map(
      ({ queue, polledAt }): Finding => ({
        code: 'queue-unserved',
        of: queue,
        detail: `No worker asks for work on ${queue}${polledAt === null ? '' : ` since ${polledAt}`}, and ${workflows.length} workflows are open. Start a worker.`,
      }),
    ),
    ...workflows.flatMap((sighting) => [
      ...ofActivities(sighting, isServed, now),
      ...ofTask(sighting, isServed, now),
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

/** Where an activity waits for a worker, as far as the server does not say it. */
export function queueOf({ type, queue }: PendingActivity): string {
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

function ofActivities(
  { workflowId, activities }: Sighting,
  isServed: (queue: string) => boolean,
  now: number,
): readonly Finding[] {
  return activities.flatMap((activity): Finding[] => {
    const { type, state, since } = activity;
    const queue = queueOf(activity);
    const isCompensation = type === 'compensate' || queue === taskQueues.rollback;
    const what = isCompensation ? `a compensation (${type})` : `activity ${type}`;
    if (state === 'paused')
      return [finding('activity-waits', `${what} was paused in Temporal: unpause it.`, type, isCompensation)];
    if (state !== 'waiting' || age(since, now) <= (isCompensation ? compensationMs : untakenMs)) return [];
    // One page says it of the whole queue.
    if (!isServed(queue)) return [];
    const why = `no worker has taken ${what} on ${queue} since ${since}: its workers are full, or of another version.`;
    return [finding('activity-waits', why, type, isCompensation)];
  });

  function finding(code: Finding['code'], why: string, part: string, isCompensation: boolean): Finding {
    return { code, of: workflowId, part, isCompensation, detail: `${workflowId}: ${why}` };
  }
}

function ofTask(
  { workflowId, task, problems }: Sighting,
  isServed: (queue: string) => boolean,
  now: number,
): readonly Finding[] {
  if (task && task.attempt >= failedAttempts)
    return [
      {
        code: 'task-fails',
        of: workflowId,
        detail: `${workflowId}: its workflow tasks fail (attempt ${task.attempt}${problems.length === 0 ? '' : `, ${problems.join(', ')}`}), so nothing is carried out, not even an abort. Deploy a worker that can go on with it.`,
      },
    ];
  if (!task || task.isStarted || age(task.since, now) <= untakenMs || !isServed(taskQueues.main)) return [];
  const detail = `${workflowId}: no worker has taken its workflow task since ${task.since}.`;
  return [{ code: 'task-waits', of: workflowId, detail }];
}

function ofHistory({ workflowId, events, bytes }: Sighting): readonly Finding[] {
  const limit = maxEvents[workflowId.startsWith('target/') ? 'target' : 'deployment'];
  if (events < limit && bytes < maxBytes) return [];
  const detail = `${workflowId}: its history has ${events} events, ${bytes} bytes. At 51,200 events, 10,000 signals or 50 MB Temporal ends it without a rollback. Find out who sends to it past the API.`;
  return [{ code: 'history-fills', of: workflowId, detail }];
}

function ofStandstill({ workflowId, idle }: Sighting, now: number): readonly Finding[] {
  if (!idle || age(idle.since, now) <= (idle.isBackingOff ? backOffMs : stillMs)) return [];
  const open = idle.waits.filter(({ until }) => until === null || now - Date.parse(until) <= stillMs);
  const detail = (why: string) => `${workflowId}: nothing has happened since ${idle.since}, ${why}`;
  if (open.some(({ kind }) => kind === 'target') && idle.holdsTarget)
    return [
      { code: 'stands-still', of: workflowId, detail: detail('though its target has granted it the lock. Abort it.') },
    ];
  if (open.length > 0) return [];
  const why =
    idle.waits.length === 0 ? 'nothing runs and nothing is waited for.' : 'and what it waited for is long over.';
  return [{ code: 'stands-still', of: workflowId, detail: detail(why) }];
}
