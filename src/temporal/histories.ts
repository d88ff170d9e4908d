import {
  ApplicationFailure,
  type Client,
  defaultPayloadConverter,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { LoadedDataConverter } from '@temporalio/common';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/codec-helpers.js';
import proto, { type temporal } from '@temporalio/proto';
import { deploymentId, deploymentWorkflowId } from '../domain/base/ids.ts';
import type { DeploymentHistory } from '../domain/deployment/history.ts';
import { type JournalBatch, journalHeader } from '../domain/journal/batch.ts';
import type { JournalEntry } from '../domain/journal/entries.ts';
import type { PageEntry } from '../domain/journal/paging.ts';
import type { SealedPlan } from '../domain/plan/seals.ts';
import type { FollowedEnd } from '../domain/ports/deployments.ts';
import { type Published, type PublishInput } from '../domain/ports/publishing.ts';
import { searchAttributes } from '../domain/ports/search-attributes.ts';
import type { Histories } from '../domain/ports/temporal.ts';
import type { DeploymentResult } from '../domain/target/result.ts';
import { untilAborted } from '../system/time-limit.ts';
import { nullIfUnknown } from './failures.ts';

type History = temporal.api.history.v1.IHistory;
type Event = temporal.api.history.v1.IHistoryEvent;
type Payload = temporal.api.common.v1.IPayload;

const { HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT } = proto.temporal.api.enums.v1.HistoryEventFilterType;
/** Longer than the 20 s after which Temporal answers that a run goes on. */
const askMs = 30_000;
/** A worker answers within some ten milliseconds; one that has to replay it all, within seconds. */
const queryMs = 5_000;
/** More than a target may have open. */
const maxListed = 200;
const page = 500;

/** Temporal's own records of deployments: they need no worker and no code of the workflow. */
export function createHistories(client: Client): Histories {
  const { workflow } = client;
  const converter = client.options.loadedDataConverter;
  const followToEnd = async (workflowId: string, runId: string, signal: AbortSignal): Promise<FollowedEnd> => {
    await untilClosed(client, workflowId, runId, signal);
    const end = await resultOf(client, workflowId, runId);
    if (end.kind !== 'terminated') return end;
    // A reset ends the old run from outside and goes on in a new one.
    const newest = workflow.getHandle(workflowId);
    const now = await newest.describe().catch(() => null);
    return now && now.runId !== runId && now.status.name === 'RUNNING'
      ? followToEnd(workflowId, now.runId, signal)
      : end;
  };
  return {
    followToEnd,
    read: (workflowId) =>
      nullIfUnknown(async () => deploymentIn(await workflow.getHandle(workflowId).fetchHistory(), converter)),
    run: (workflowId) =>
      nullIfUnknown(async () => {
        const handle = workflow.getHandle(workflowId);
        const { runId, raw, type, closeTime, parentExecution } = await handle.describe();
        const isRunning = closeTime === undefined;
        const { events } = isRunning ? await handle.fetchHistory() : { events: [] };
        const warrants = (await Promise.all((events ?? []).map((event) => warrantIn(event, converter)))).flat();
        const firstRunId = raw.workflowExecutionInfo?.firstRunId ?? runId;
        return { runId, firstRunId, type, parent: parentExecution?.workflowId ?? null, warrants, isRunning };
      }),
    async runningNumbers(service, environment) {
      const query = `WorkflowType = 'deployment' AND ExecutionStatus = 'Running' AND ${searchAttributes.service.name} = '${service}' AND ${searchAttributes.environment.name} = '${environment}'`;
      const numbers: number[] = [];
      for await (const { workflowId } of workflow.list({ query })) {
        const number = Number(workflowId.split('/').at(-1));
        if (workflowId === deploymentWorkflowId(service, environment, number)) numbers.push(number);
        if (numbers.length >= maxListed) break;
      }
      return numbers;
    },
    async told(workflowId) {
      const handle = workflow.getHandle(workflowId);
      const all: JournalEntry[] = [];
      try {
        for (;;) {
          const range = { after: all.length, limit: page };
          const ask = () => handle.query<readonly JournalEntry[], [typeof range]>('journal', range);
          const some = await client.withDeadline(Date.now() + queryMs, ask);
          all.push(...some);
          if (some.length < page) return all;
        }
      } catch {
        return null;
      }
    },
    left: (workflowId, expected) =>
      nullIfUnknown(async () => {
        const { runId, type, parentExecution, closeTime, status } = await workflow.getHandle(workflowId).describe();
        const parent = parentExecution?.workflowId ?? null;
        if (closeTime === undefined) return { isRunning: true, parent, end: null, ended: null };
        const isOwn = status.name === 'COMPLETED' && type === expected;
        const end: unknown = isOwn ? await workflow.getHandle(workflowId, runId, { followRuns: false }).result() : null;
        const ended = { how: status.name.toLowerCase().replaceAll('_', ' '), at: closeTime.toISOString() };
        return { isRunning: false, parent, end, ended };
      }),
    parentOf: (workflowId, run) =>
      nullIfUnknown(async () => {
        const { parentExecution } = await workflow.getHandle(workflowId, run).describe();
        const { workflowId: id, runId } = parentExecution ?? {};
        return id && runId ? { workflowId: id, runId } : null;
      }),
    page: (workflowId) =>
      nullIfUnknown(async () => {
        const { type, parentExecution, runId } = await workflow.getHandle(workflowId).describe();
        const parent = parentExecution?.workflowId ?? null;
        if (type !== 'page' || parent === null) return { parent: null, story: [] };
        const ask = () => workflow.getHandle(workflowId, runId).query<readonly PageEntry[]>('page');
        return { parent, story: await client.withDeadline(Date.now() + queryMs, ask) };
      }),
    async isRunning(workflowId) {
      const found = await nullIfUnknown(() => workflow.getHandle(workflowId).describe());
      return found !== null && found.closeTime === undefined;
    },
  };
}

/**
 * Waits until a run has closed, or is not known to Temporal. Rejects with the signal's reason as soon as that is aborted.
 * The SDK's own way, `withAbortSignal`, does nothing on a worker's connection: a worker that is to stop would wait
 * for the deployment's end, so the last question is left to itself here, and no other follows it.
 */
async function untilClosed(client: Client, workflowId: string, runId: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = untilAborted(signal);
  const question = {
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    historyEventFilterType: HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
    waitNewEvent: true,
    skipArchival: true,
  };
  const ask = (nextPageToken: Uint8Array) =>
    client.withDeadline(Date.now() + askMs, () =>
      client.workflowService.getWorkflowExecutionHistory({ ...question, nextPageToken }),
    );
  await nullIfUnknown(async () => {
    let answer = await Promise.race([aborted, ask(new Uint8Array())]);
    while (!answer.history?.events?.length) answer = await Promise.race([aborted, ask(answer.nextPageToken)]);
  });
}

async function resultOf({ workflow }: Client, workflowId: string, runId: string): Promise<FollowedEnd> {
  try {
    const result: DeploymentResult = await workflow.getHandle(workflowId, runId, { followRuns: false }).result();
    return { kind: 'completed', result };
  } catch (error) {
    if (error instanceof WorkflowFailedError) {
      const { cause } = error;
      return cause instanceof ApplicationFailure && cause.type === 'needs-intervention'
        ? { kind: 'failed', result: null, details: cause.details ?? null }
        : { kind: 'terminated', result: null };
    }
    if (error instanceof WorkflowNotFoundError) return { kind: 'terminated', result: null };
    throw error;
  }
}

/** What a signal of the name `warrant` brought: nobody has verified it. */
async function warrantIn(
  { workflowExecutionSignaledEventAttributes: signaled }: Event,
  converter: LoadedDataConverter,
) {
  const payload = signaled?.signalName === 'warrant' ? signaled.input?.payloads?.[0] : undefined;
  try {
    return payload ? [await decodeFromPayloadsAtIndex<unknown>(converter, 0, [payload])] : [];
  } catch {
    return [];
  }
}

/**
 * A payload of a header. The SDK lets no codec near headers, in neither direction; one that a proxy between workers and
 * Temporal has encoded all the same is decoded like any other.
 */
async function inHeader<T>(converter: LoadedDataConverter, payload: Payload): Promise<T> {
  const encoding = Buffer.from(payload.metadata?.['encoding'] ?? []).toString();
  return encoding === 'json/plain'
    ? defaultPayloadConverter.fromPayload<T>(payload)
    : decodeFromPayloadsAtIndex<T>(converter, 0, [payload]);
}

/**
 * Plan and journal out of a deployment's history: its input, and what rode on its activities up to the first gap. What
 * codecs have encoded is decoded by the client's own converter.
 */
export async function deploymentIn(
  { events }: History,
  converter: LoadedDataConverter,
): Promise<DeploymentHistory | null> {
  const input = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  if (!input) return null;
  const started = await decodeFromPayloadsAtIndex<SealedPlan & { number: number }>(converter, 0, [input]);
  const bySeq = new Map<number, JournalEntry>();
  for (const event of events ?? []) {
    const payload = event.activityTaskScheduledEventAttributes?.header?.fields?.[journalHeader];
    if (!payload) continue;
    for (const entry of (await inHeader<JournalBatch>(converter, payload)).entries) bySeq.set(entry.seq, entry);
  }
  const journal: JournalEntry[] = [];
  for (let entry = bySeq.get(1); entry; entry = bySeq.get(journal.length + 1)) journal.push(entry);
  const isWhole = journal.at(-1)?.type === 'ended';
  const published = isWhole && (await publishedIn(events ?? [], converter));
  if (published && published.seq === journal.length + 1) journal.push(published);
  const { plan, planDigest, seals, number } = started;
  const hasActed = (events ?? []).some(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === 'act',
  );
  const id = deploymentId(plan.service, plan.environment, number);
  return { id, plan, planDigest, seals, number, journal, hasActed, isWhole };
}

/** The entry that closes a journal rides on nothing: it is what the last activity was asked for, and has answered. */
async function publishedIn(events: readonly Event[], converter: LoadedDataConverter): Promise<JournalEntry | null> {
  const asked = events.findLast(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === 'publish',
  );
  const answered = events.find(
    ({ activityTaskCompletedEventAttributes: done }) =>
      done && asked && String(done.scheduledEventId) === String(asked.eventId),
  );
  const input = asked?.activityTaskScheduledEventAttributes?.input?.payloads;
  const result = answered?.activityTaskCompletedEventAttributes?.result?.payloads;
  if (!input || !result) return null;
  const { closing, state } = await decodeFromPayloadsAtIndex<PublishInput>(converter, 0, input);
  const { path, digest } = await decodeFromPayloadsAtIndex<Published>(converter, 0, result);
  return closing && { v: 1, seq: closing.seq, at: closing.at, type: 'record-published', state, path, digest };
}
