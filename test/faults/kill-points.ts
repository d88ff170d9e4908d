import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type History = temporal.api.workflowservice.v1.IGetWorkflowExecutionHistoryResponse;

/** What comes about together with something else, so that nobody can be killed between the two. */
const ridesAlong = new Set(['activity-task-started', 'workflow-task-scheduled']);

/**
 * Names for what stands in the history of one workflow: `notify scheduled 2`. One for each change of Temporal's own
 * state: what a workflow task has decided stands there at once, and is named by the first of it.
 */
export class PointNames {
  private readonly workflow: string;
  private readonly counts = new Map<string, number>();
  private readonly activities = new Map<string, string>();
  /** The workflow task whose decisions are named already. */
  private named: string | null = null;

  constructor(workflow: string) {
    this.workflow = workflow;
  }

  /** The point at which these events are the newest, oldest first. */
  of(events: readonly HistoryEvent[]): readonly string[] {
    return events.flatMap((event) => this.nameOf(event) ?? []);
  }

  private nameOf(event: HistoryEvent): string | null {
    const type = typeOf(event);
    const { activityTaskScheduledEventAttributes: scheduled } = event;
    if (scheduled) this.activities.set(String(event.eventId), scheduled.activityType?.name ?? '');
    if (ridesAlong.has(type) || type === 'workflow-task-completed') return null;
    const task = decidedBy(event);
    if (task !== null && task === this.named) return null;
    this.named = task;
    const about = this.aboutOf(event);
    const name = about === null ? type : `${type} ${about}`;
    const count = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, count);
    return `${this.workflow}: ${name} ${count}`;
  }

  private aboutOf(event: HistoryEvent): string | null {
    const ofActivity =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes;
    if (ofActivity) return this.activities.get(String(ofActivity.scheduledEventId)) ?? null;
    const child =
      event.startChildWorkflowExecutionInitiatedEventAttributes ??
      event.childWorkflowExecutionStartedEventAttributes ??
      event.childWorkflowExecutionCompletedEventAttributes;
    return (
      event.activityTaskScheduledEventAttributes?.activityType?.name ??
      event.workflowExecutionSignaledEventAttributes?.signalName ??
      event.signalExternalWorkflowExecutionInitiatedEventAttributes?.signalName ??
      event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name ??
      child?.workflowType?.name ??
      null
    );
  }
}

/** `activity-task-scheduled`, by what it carries. */
function typeOf(event: HistoryEvent): string {
  const carried = Object.keys(event).find((key) => key.endsWith('EventAttributes')) ?? '';
  return carried.replace(/EventAttributes$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The workflow task that decided on it; null for what came from elsewhere. */
function decidedBy(event: HistoryEvent): string | null {
  const attributes = Object.values(event).find(
    (value): value is { workflowTaskCompletedEventId: unknown } =>
      typeof value === 'object' && value !== null && 'workflowTaskCompletedEventId' in value,
  );
  const id = attributes && String(attributes.workflowTaskCompletedEventId);
  return id === undefined || id === '0' ? null : id;
}

/** Follows a workflow and all that are started from it, until told to stop; tells each point as soon as it is there. */
export function followPoints(client: Client, root: string, tell: (point: string) => void) {
  const followed = new Set<string>();
  const kinds = new Map<string, number>();
  const stopped = new AbortController();
  setMaxListeners(0, stopped.signal);
  const all: Promise<void>[] = [];
  let trouble = 'none';
  const follow = (workflowId: string) => {
    if (followed.has(workflowId)) return;
    followed.add(workflowId);
    const [kind = ''] = workflowId.split('/');
    const count = (kinds.get(kind) ?? 0) + 1;
    kinds.set(kind, count);
    all.push(read(workflowId, new PointNames(count === 1 ? kind : `${kind} ${count}`)));
  };
  /** What is new in a history, as soon as there is something; null: it is not there yet. */
  const ask = (workflowId: string, nextPageToken: Uint8Array): Promise<History | null> => {
    const { connection, workflowService, options } = client;
    const execution = { workflowId };
    const question = { namespace: options.namespace, execution, waitNewEvent: true, nextPageToken };
    const answered = () =>
      connection.withDeadline(Date.now() + 60_000, () => workflowService.getWorkflowExecutionHistory(question));
    return connection.withAbortSignal(stopped.signal, answered).catch((error: unknown) => {
      trouble = String(error);
      return null;
    });
  };
  async function read(workflowId: string, names: PointNames): Promise<void> {
    for (let token = new Uint8Array(); !stopped.signal.aborted; ) {
      const answer = await ask(workflowId, token);
      if (!answer) {
        await delay(20);
        continue;
      }
      const events = answer.history?.events ?? [];
      for (const { startChildWorkflowExecutionInitiatedEventAttributes: child } of events)
        if (child?.workflowId) follow(child.workflowId);
      for (const point of names.of(events)) tell(point);
      if (!answer.nextPageToken?.length) return;
      token = new Uint8Array(answer.nextPageToken);
    }
  }
  follow(root);
  return {
    /** Why a history could not be read last. */
    trouble: () => trouble,
    async stop(): Promise<void> {
      stopped.abort();
      await Promise.all(all);
    },
  };
}
