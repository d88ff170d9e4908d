import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { type InjectedSinks, Worker, type WorkerOptions } from '@temporalio/worker';
import { globalHandlers } from '@temporalio/worker/lib/workflow/vm-shared.js';
import { type JournalBatch, journalHeader } from '../../src/domain/journal/batch.ts';
import { connect } from '../../src/temporal/connection.ts';
import type { Doorbell } from '../../src/workflows/engine/doorbell.ts';
import type { JournalSinks } from './journal-reporter.ts';
import { within } from './within.ts';
import { bundleOfSources } from './workflow-bundles.ts';

interface Execution {
  readonly workflowId: string;
  readonly history: temporal.api.history.v1.IHistory;
}

/**
 * A replay runs in this thread, and would have every promise of this process, of suites to come, too, take down its stack
 * from then on, for a query that nobody asks a replay. As if that had been seen to.
 */
globalHandlers.installed = true;

/** Far more than the longest history takes on a busy machine. */
const replayMs = 20_000;

/** Nobody hears of what has been before. */
const deafSinks: InjectedSinks<Doorbell> = { gantry: { journalGrew: { fn() {} }, monitorEnds: { fn() {} } } };

/**
 * Replays histories and answers those that did not replay, or that wrote another journal, which no command tells of, with
 * why. Throws when there was none at all, and when one
 * neither replays nor fails to.
 */
export async function replay(
  workflowBundle: NonNullable<WorkerOptions['workflowBundle']>,
  executions: AsyncIterable<Execution>,
): Promise<readonly { readonly workflowId: string; readonly error: Error }[]> {
  let replayed = 0;
  const failed: { workflowId: string; error: Error }[] = [];
  let underway = 'the first history';
  const told: Execution[] = [];
  const begun = async function* () {
    for await (const execution of executions) {
      if (!hasBegun(execution)) continue;
      underway = `the replay of ${execution.workflowId}, run ${runIdOf(execution)},`;
      told.push(execution);
      yield { ...execution, workflowId: idOf(execution) };
      underway = `the history after ${execution.workflowId}`;
    }
    underway = "the replay's worker";
  };
  /** By run and activity. A run and the one that a reset has made of it go by the same name here. */
  const ridden = new Map<string, readonly string[]>();
  const sinks: InjectedSinks<JournalSinks & Doorbell> = {
    ...deafSinks,
    journal: {
      rides: {
        callDuringReplay: true,
        fn: ({ runId }, activityId, batch) => {
          const key = `${runId} ${activityId}`;
          ridden.set(key, [...(ridden.get(key) ?? []), entriesIn(batch)]);
        },
      },
    },
  };
  const results = Worker.runReplayHistories({ workflowBundle, sinks }, begun());
  // By hand: `for await` would wait for the end of a replay that has none.
  const next = () => within(replayMs, () => underway, results.next());
  for (let result = await next(); !result.done; result = await next()) {
    const { workflowId, error } = result.value;
    replayed += 1;
    const name = told.find((execution) => idOf(execution) === workflowId)?.workflowId ?? workflowId;
    if (error) failed.push({ workflowId: name, error });
  }
  for (const execution of told) {
    const difference = differenceIn(execution, ridden);
    const hasFailed = failed.some(({ workflowId }) => workflowId === execution.workflowId);
    if (difference !== null && !hasFailed)
      failed.push({ workflowId: execution.workflowId, error: new Error(difference) });
  }
  if (replayed === 0) throw new Error('there was nothing to replay');
  return failed;
}

/** Where the entries that ride on an activity are others than when it happened; null where they are the same. */
function differenceIn(execution: Execution, ridden: ReadonlyMap<string, readonly string[]>): string | null {
  for (const { activityTaskScheduledEventAttributes: scheduled } of execution.history.events ?? []) {
    if (!scheduled) continue;
    const then = entriesIn(new TextDecoder().decode(scheduled.header?.fields?.[journalHeader]?.data ?? undefined));
    const now = ridden.get(`${runIdOf(execution)} ${scheduled.activityId}`);
    // What a replay has not come to, it did not do otherwise.
    if (now && !now.includes(then))
      return `${scheduled.activityType?.name}: ${firstDifference(then, now.at(-1) ?? '')}; it was scheduled after ${eventsBefore(execution, scheduled.activityId ?? '')}`;
  }
  return null;
}

/** The events that led to an activity, with their numbers and times: a workflow task that was taken for no task is among them. */
function eventsBefore({ history }: Execution, activityId: string): string {
  const events = history.events ?? [];
  const at = events.findIndex((event) => event.activityTaskScheduledEventAttributes?.activityId === activityId);
  const nameOf = (event: object) =>
    Object.keys(event).find((key) => key.endsWith('EventAttributes') && event[key as keyof object]) ?? 'unknown';
  return events
    .slice(Math.max(0, at - 24), at)
    .map((event) => {
      const when = new Date(Number(event.eventTime?.seconds ?? 0) * 1000 + (event.eventTime?.nanos ?? 0) / 1e6);
      return `${String(event.eventId)} ${nameOf(event).replace('EventAttributes', '')} ${when.toISOString().slice(14)}`;
    })
    .join(', ');
}

function firstDifference(then: string, now: string): string {
  const at = Array.from({ length: then.length }, (_, i) => i).findIndex((i) => then[i] !== now[i]);
  const part = (text: string) => text.slice(Math.max(0, at - 60), at + 60);
  return `there rode …${part(then)}…, and in the replay …${part(now)}…`;
}

function entriesIn(batch: string): string {
  return batch === '' ? 'nothing' : JSON.stringify((JSON.parse(batch) as JournalBatch).entries);
}

/**
 * A target that goes on in a new run less than a second after the last one leaves a run that waits for its first
 * workflow task until the second is over. Nothing has run in it, and the SDK's replayer waits for it without end.
 */
function hasBegun({ history }: Execution): boolean {
  return (history.events ?? []).some(
    ({ workflowTaskScheduledEventAttributes }) => workflowTaskScheduledEventAttributes,
  );
}

/** As it was called when it ran, whatever its history is called now: its journal holds the name. */
function idOf({ workflowId, history }: Execution): string {
  return history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId || workflowId;
}

function runIdOf({ history }: Execution): string {
  return history.events?.[0]?.workflowExecutionStartedEventAttributes?.originalExecutionRunId ?? 'without a start';
}

const ours = 'WorkflowType IN ("deployment", "target")';

/** Replays every execution of Gantry that a server has, open ones too. Throws on the first that does not replay. */
export async function replayAll(client: Client): Promise<void> {
  const histories = async function* () {
    for await (const { workflowId, runId } of client.workflow.list({ query: ours }))
      yield { workflowId, history: await client.workflow.getHandle(workflowId, runId).fetchHistory() };
  };
  const [first] = await replay(await bundleOfSources(), histories());
  if (first) throw new Error(`${first.workflowId} does not replay`, { cause: first.error });
}

/** Replays every execution of the `gantry dev` that runs on this folder. */
export async function replayDev(data: string): Promise<void> {
  const { temporal } = JSON.parse(await readFile(join(data, 'endpoints.json'), 'utf8')) as {
    readonly temporal: string;
  };
  const { client, close } = await connect({ address: temporal, namespace: 'default' });
  try {
    await replayAll(client);
  } finally {
    await close();
  }
}
