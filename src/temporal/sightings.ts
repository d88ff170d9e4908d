import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import proto from '@temporalio/proto';
import { taskQueues } from '../domain/base/task-queues.ts';
import type { Status } from '../domain/deployment/status.ts';
import type { JournalEntry } from '../domain/journal/entries.ts';
import { searchAttributes } from '../domain/ports/search-attributes.ts';
import type { PendingActivity, Sighting, Sightings } from '../domain/supervision/sightings.ts';
import { nullIfUnknown } from './failures.ts';
import { listed } from './listing.ts';

const { TaskQueueType, PendingActivityState } = proto.temporal.api.enums.v1;

/** So many workflows are looked at in a round, those first of which Temporal reports problems. */
const maxWorkflows = 400;
const atOnce = 10;
const maxRemembered = 2_000;
/** Each call is answered within milliseconds; a round with a server that is silent ends all the same. */
const answerMs = 3_000;
/** A workflow whose worker is gone does not answer; other findings report that. */
const queryMs = 1_000;
/** A workflow in which something has just happened is not asked what it waits for. */
const quietMs = 60_000;

type Timestamp = { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined;

const timeOf = (at: Timestamp): string | null =>
  at == null ? null : new Date(Number(at.seconds ?? 0) * 1000 + (at.nanos ?? 0) / 1e6).toISOString();

/** Whether a pending activity is one that runs while a deployment only waits or is monitored. */
const isWatch = ({ type }: PendingActivity) => type === 'monitor' || type === 'awaitWindow';

/** Looks at everything open, in bounded time. */
export function createSightings(client: Client) {
  /** What a deployment answered about its waits, and until when that holds while its history does not grow. */
  const waits = new Map<string, { readonly events: number; readonly until: number; readonly idle: Sighting['idle'] }>();
  const within = <T>(ms: number, run: () => Promise<T>) => client.withDeadline(Date.now() + ms, run);

  // Without the index, the workflows that the store knows are looked at.
  const some = (query: string) => within(answerMs, () => listed(client, query, maxWorkflows)).catch(() => []);

  const pollersOf = async (queue: string, isOfWorkflows: boolean): Promise<string | null> => {
    const { pollers } = await within(answerMs, () =>
      client.workflowService.describeTaskQueue({
        namespace: client.options.namespace,
        taskQueue: { name: queue },
        taskQueueType: isOfWorkflows ? TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW : TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
      }),
    );
    const polled = (pollers ?? []).flatMap(({ lastAccessTime }) => timeOf(lastAccessTime) ?? []);
    return polled.sort().at(-1) ?? null;
  };

  const lastEventOf = async (workflowId: string): Promise<string | null> => {
    const { history } = await within(answerMs, () =>
      client.workflowService.getWorkflowExecutionHistoryReverse({
        namespace: client.options.namespace,
        execution: { workflowId },
        maximumPageSize: 1,
      }),
    );
    return timeOf(history?.events?.[0]?.eventTime);
  };

  /** What a deployment that seems to do nothing answers about its waits. */
  const idleOf = async (workflowId: string, events: number, now: number): Promise<Sighting['idle']> => {
    const before = waits.get(workflowId);
    if (before?.events === events && now < before.until) return before.idle;
    const since = await lastEventOf(workflowId);
    if (since === null || now - Date.parse(since) < quietMs) return null;
    const handle = client.workflow.getHandle(workflowId);
    const status = await within(queryMs, () => handle.query<Status>('status'));
    const range = { after: status.seq - 1, limit: 1 };
    const [last] = await within(queryMs, () => handle.query<readonly JournalEntry[], [typeof range]>('journal', range));
    const isBackingOff = last?.type === 'deviation' && (last.code === 'retry' || last.code === 'compensation-failed');
    const [, service, environment] = workflowId.split('/');
    const isQueued = status.waitingFor.some(({ kind }) => kind === 'target');
    const target = isQueued
      ? await within(queryMs, () =>
          client.workflow
            .getHandle(`target/${service}/${environment}`)
            .query<{ readonly lock: { readonly deployment: string } | null }>('target'),
        ).catch(() => null)
      : null;
    const holdsTarget = target?.lock?.deployment === status.id;
    const waiting = status.waitingFor.map(({ kind, until }) => ({ kind, until }));
    const idle = { since, waits: waiting, isBackingOff, holdsTarget };
    const ends = waiting.map(({ until }) => (until === null ? Number.POSITIVE_INFINITY : Date.parse(until)));
    // Most of them have ended by then; the others are asked once more.
    if (waits.size > maxRemembered) waits.clear();
    // A deployment that waits for its target is asked each time: the grant may be lost.
    if (ends.length > 0 && !isQueued) waits.set(workflowId, { events, until: Math.max(...ends), idle });
    return idle;
  };

  const look = (workflowId: string, now: number): Promise<Sighting | null> =>
    nullIfUnknown(async () => {
      const described = await within(answerMs, () => client.workflow.getHandle(workflowId).describe());
      if (described.status.name !== 'RUNNING') {
        waits.delete(workflowId);
        return null;
      }
      const sighting = sightingOf(described);
      const isQuiet = workflowId.startsWith('deployment/') && !sighting.task && sighting.activities.every(isWatch);
      // A monitoring period shows in nothing but its monitor, and that is waited for within its own bounds.
      if (!isQuiet || keywordsOf(described, searchAttributes.phase.name)[0] === 'monitoring') return sighting;
      return { ...sighting, idle: await idleOf(workflowId, sighting.events, now).catch(() => null) };
    });

  return {
    /** When a worker last polled for workflows; null: none has, as far as the server knows. */
    workflowsPolledAt: () => pollersOf(taskQueues.main, true),

    /** `known`: ids of workflows that the store knows to be open. Throws when Temporal does not answer at all. */
    async look(known: readonly string[], now: number): Promise<Sightings> {
      const types = 'WorkflowType IN ("deployment", "target") AND ExecutionStatus = "Running"';
      const [reported, open] = await Promise.all([
        // Known to newer servers only.
        some(`TemporalReportedProblems IS NOT NULL AND ${types}`),
        some(types),
      ]);
      const ids = [...new Set([...reported, ...known, ...open])].slice(0, maxWorkflows);
      const queues = Promise.all(
        Object.values(taskQueues).map(async (queue) => ({
          queue,
          polledAt: await pollersOf(queue, queue === taskQueues.main),
        })),
      );
      const workflows: Sighting[] = [];
      for (let i = 0; i < ids.length; i += atOnce) {
        const found = await Promise.all(ids.slice(i, i + atOnce).map((id) => look(id, now)));
        workflows.push(...found.filter((one) => one !== null));
      }
      return { workflows, queues: await queues };
    },
  };
}

function sightingOf(described: WorkflowExecutionDescription): Sighting {
  const { pendingWorkflowTask: task, pendingActivities, workflowExecutionInfo: info } = described.raw;
  return {
    workflowId: described.workflowId,
    task: task
      ? {
          attempt: task.attempt ?? 0,
          since: timeOf(task.originalScheduledTime ?? task.scheduledTime),
          isStarted: task.startedTime != null,
        }
      : null,
    problems: keywordsOf(described, 'TemporalReportedProblems'),
    activities: (pendingActivities ?? []).map((activity): PendingActivity => {
      const isWaiting = activity.state === PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED;
      return {
        type: activity.activityType?.name ?? '',
        queue: activity.activityOptions?.taskQueue?.name || null,
        state: activity.paused ? 'paused' : isWaiting ? 'waiting' : 'running',
        since: timeOf(activity.nextAttemptScheduleTime ?? activity.scheduledTime),
      };
    }),
    events: Number(info?.historyLength ?? 0),
    bytes: Number(info?.historySizeBytes ?? 0),
    idle: null,
  };
}

function keywordsOf({ searchAttributes }: WorkflowExecutionDescription, name: string): readonly string[] {
  return (searchAttributes[name] ?? []).filter((one) => typeof one === 'string');
}
