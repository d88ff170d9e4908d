import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import proto from '@temporalio/proto';
import { taskQueues } from '../domain/base/task-queues.ts';
import type { Status } from '../domain/deployment/status.ts';
import type { JournalEntry } from '../domain/journal/entries.ts';
import type { PendingActivity, QueueSighting, Sighting, Sightings } from '../domain/supervision/sightings.ts';

const { TaskQueueType, PendingActivityState } = proto.temporal.api.enums.v1;

/** So many workflows are looked at in a round, those first of which Temporal reports problems. */
const maxWorkflows = 400;
const atOnce = 10;
const maxRemembered = 2_000;
/** Each call is answered within milliseconds; a round with a server that is silent ends all the same. */
const answerMs = 3_000;
/** A workflow whose worker is gone does not answer, which the other findings tell of. */
const queryMs = 1_000;
/** One in which something has just happened is not asked what it waits for. */
const quietMs = 60_000;

type Described = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>>['raw'];
type Timestamp = { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined;

const timeOf = (at: Timestamp): string | null =>
  at == null ? null : new Date(Number(at.seconds ?? 0) * 1000 + (at.nanos ?? 0) / 1e6).toISOString();

/** What of its pending activities runs while a deployment only waits or is monitored. */
const isWatch = ({ type }: PendingActivity) => type === 'monitor' || type === 'awaitWindow';

/** Looks at everything open, in bounded time. `known`: ids of deployments that somebody else knows to be open. */
export function createSightings(client: Client) {
  /** Until when what a deployment said of its waits holds, as long as its history does not grow. */
  const waits = new Map<string, { readonly events: number; readonly until: number; readonly idle: Sighting['idle'] }>();
  const within = <T>(ms: number, run: () => Promise<T>) => client.withDeadline(Date.now() + ms, run);

  const listed = async (query: string): Promise<readonly string[]> => {
    const found: string[] = [];
    await within(answerMs, async () => {
      for await (const { workflowId } of client.workflow.list({ query })) {
        found.push(workflowId);
        if (found.length >= maxWorkflows) break;
      }
    }).catch(() => undefined); // an index that is away or behind is none to decide by, and what others know is looked at
    return found;
  };

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

  /** What a deployment says that seems to do nothing. */
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
    // Whoever waits for its target is asked each time: the grant may be lost.
    // Those that have ended meanwhile are asked for by nobody; the rest is asked once more.
    if (waits.size > maxRemembered) waits.clear();
    if (ends.length > 0 && !isQueued) waits.set(workflowId, { events, until: Math.max(...ends), idle });
    return idle;
  };

  const look = async (workflowId: string, now: number): Promise<Sighting | null> => {
    try {
      const { raw, status } = await within(answerMs, () => client.workflow.getHandle(workflowId).describe());
      if (status.name !== 'RUNNING') {
        waits.delete(workflowId);
        return null;
      }
      const sighting = sightingOf(workflowId, raw);
      const isQuiet = workflowId.startsWith('deployment/') && !sighting.task && sighting.activities.every(isWatch);
      // A monitored period is told by nothing but its monitor, and that is waited for within its own bounds.
      if (!isQuiet || phaseOf(raw) === 'monitoring') return sighting;
      return { ...sighting, idle: await idleOf(workflowId, sighting.events, now).catch(() => null) };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  };

  return {
    /** When a worker asked last for workflows to carry on; null: nobody, as far as the server knows. */
    workflowsPolledAt: () => pollersOf(taskQueues.main, true),

    /** Throws when Temporal does not answer at all. */
    async look(known: readonly string[], now: number): Promise<Sightings> {
      const types = 'WorkflowType IN ("deployment", "target") AND ExecutionStatus = "Running"';
      const [reported, open] = await Promise.all([
        // Known to newer servers only.
        listed(`TemporalReportedProblems IS NOT NULL AND ${types}`),
        listed(types),
      ]);
      const ids = [...new Set([...reported, ...known, ...open])].slice(0, maxWorkflows);
      const queues = Promise.all(
        Object.values(taskQueues).map(
          async (queue): Promise<QueueSighting> => ({
            queue,
            polledAt: await pollersOf(queue, queue === taskQueues.main),
          }),
        ),
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

function sightingOf(workflowId: string, raw: Described): Sighting {
  const { pendingWorkflowTask: task, pendingActivities, workflowExecutionInfo: info } = raw;
  return {
    workflowId,
    task: task
      ? {
          attempt: task.attempt ?? 0,
          since: timeOf(task.originalScheduledTime ?? task.scheduledTime),
          isStarted: task.startedTime != null,
        }
      : null,
    problems: keywordsOf(info?.searchAttributes?.indexedFields?.['TemporalReportedProblems']?.data),
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

function phaseOf({ workflowExecutionInfo }: Described): string | null {
  return keywordsOf(workflowExecutionInfo?.searchAttributes?.indexedFields?.['GantryPhase']?.data)[0] ?? null;
}

/** Keywords, as a search attribute has them. */
function keywordsOf(data: Uint8Array | null | undefined): readonly string[] {
  try {
    const found: unknown = data ? JSON.parse(new TextDecoder().decode(data)) : [];
    return [found].flat().filter((one) => typeof one === 'string');
  } catch {
    return [];
  }
}
