import { ActivityFailure, type ActivityOptions, proxyActivities, TimeoutFailure } from '@temporalio/workflow';
import { taskQueues } from '../../domain/base/task-queues.ts';
import type { PlannedCheck } from '../../domain/kinds/adapter.ts';
import { checksMsOf, holdMsOf, readBackMsOf, readingMs } from '../../domain/plan/durations.ts';
import type { ActionStep, OutstandingCompensation, Plan } from '../../domain/plan/plan.ts';
import type { Activities } from '../../domain/ports/activities.ts';
import type { ObserveInput } from '../../domain/ports/observation.ts';

// Every number that bounds an activity, with its reason. All in milliseconds.

/** A worker that says nothing for so long is lost. Shorter, and a busy machine would look like a dead one. */
const heartbeatTimeout = 3_000;

/** What a started attempt may take beyond its own time limit: ending a process group, writing the journal. */
const margin = 10_000;

/** How long an action may wait for a worker before the attempt counts as lost (nothing has happened then). */
const waitForWorker = 60_000;

const bookkeepingOptions = {
  taskQueue: taskQueues.main,
  startToCloseTimeout: 15_000,
  scheduleToCloseTimeout: 600_000,
  cancellationType: 'TRY_CANCEL',
  // These read or write under keys of their own, so Temporal may repeat them.
  retry: { initialInterval: 200, backoffCoefficient: 2, maximumInterval: 5_000 },
} as const satisfies ActivityOptions;

const told = (summary: string) => ({ ...bookkeepingOptions, summary });

/** Reads and writes Gantry's own state; idempotent, retried by Temporal. */
export const bookkeeping = {
  notify: proxyActivities<Pick<Activities, 'notify'>>(told('Tell people')).notify,
  saveTarget: proxyActivities<Pick<Activities, 'saveTarget'>>(told('Keep a copy of the target')).saveTarget,
  planRepair: proxyActivities<Pick<Activities, 'planRepair'>>(told('Plan the repair')).planRepair,
  findUnknownDeployments: proxyActivities<Pick<Activities, 'findUnknownDeployments'>>({
    ...told('Whose deployments run?'),
    startToCloseTimeout: 120_000,
    heartbeatTimeout,
  }).findUnknownDeployments,
  freeNumber: proxyActivities<Pick<Activities, 'freeNumber'>>({
    ...told('Which number is free?'),
    startToCloseTimeout: 60_000,
    heartbeatTimeout,
  }).freeNumber,
  /** Reviews wait for their turn behind it; whoever asks tries again by himself, ever more rarely. */
  recordDelivery: proxyActivities<Pick<Activities, 'recordDelivery'>>({
    ...told('Write how a delivery ended into the record'),
    scheduleToCloseTimeout: 30_000,
  }).recordDelivery,
  recordPage: proxyActivities<Pick<Activities, 'recordPage'>>(told('Write how a page went on into the record'))
    .recordPage,
  recordDocuments: proxyActivities<Pick<Activities, 'recordDocuments'>>(
    told('Write what became of documents into the record'),
  ).recordDocuments,
  closeReview: proxyActivities<Pick<Activities, 'closeReview'>>(told('Write the review into the record')).closeReview,
  recordNote: proxyActivities<Pick<Activities, 'recordNote'>>(told('Write a note into the record')).recordNote,
  recoverDeployment: proxyActivities<Pick<Activities, 'recoverDeployment'>>(
    told('Complete the record of a lost deployment'),
  ).recoverDeployment,
};

/** Who holds the lock. A repair asks, which is a way back: it waits neither for other work nor for the store. */
export const { confirmGrant } = proxyActivities<Pick<Activities, 'confirmGrant'>>({
  ...told('Does the target say the same of the grant?'),
  taskQueue: taskQueues.rollback,
});

/** Whoever adopts waits for the answer; what is not verified soon after they gave up is not adopted behind their back. */
export const verifying = proxyActivities<Pick<Activities, 'verifyAdoption'>>({
  ...told('Who says what the target serves?'),
  // An attempt that a killed worker took is lost in time for another one, before the API gives up after 5 s.
  startToCloseTimeout: 1_500,
  scheduleToCloseTimeout: 10_000,
});

/** People must hear of trouble with these within two minutes: the workflow pages, and tries again by itself. */
const shortly = (summary: string) => ({ ...told(summary), scheduleToCloseTimeout: 90_000 });

export const publishing = {
  publish: proxyActivities<Pick<Activities, 'publish'>>(shortly('Publish the record')).publish,
  storeJournal: proxyActivities<Pick<Activities, 'storeJournal'>>(shortly('Store the journal')).storeJournal,
};

// What another side may keep waiting takes no place of what is short.
const delivering = proxyActivities<Pick<Activities, 'deliver'>>({ ...bookkeepingOptions, taskQueue: taskQueues.waits });

/** A page is told, looked at and read beside slow work of any other kind. */
export const paging = {
  notify: proxyActivities<Pick<Activities, 'notify'>>({ ...told('Page people'), taskQueue: taskQueues.waits }).notify,
  verifyAcknowledgement: proxyActivities<Pick<Activities, 'verifyAcknowledgement'>>({
    ...told('Who acknowledged the page?'),
    taskQueue: taskQueues.waits,
    // Whoever acknowledges waits for the answer.
    startToCloseTimeout: 10_000,
    scheduleToCloseTimeout: 60_000,
  }).verifyAcknowledgement,
  readPage: proxyActivities<Pick<Activities, 'readPage'>>({ ...told('Read the page'), taskQueue: taskQueues.waits })
    .readPage,
};

/** An attempt takes some seconds; how long to wait between them it says itself. */
export function deliver(summary: string, forMs: number, input: Parameters<Activities['deliver']>[0]) {
  const scheduleToCloseTimeout = Math.max(bookkeepingOptions.startToCloseTimeout, forMs);
  return delivering.deliver.executeWithOptions(
    { ...bookkeepingOptions, taskQueue: taskQueues.waits, summary, scheduleToCloseTimeout },
    [input],
  );
}

/** A folder may be mended within a day; by then people have been paged. */
export const { exportRecord } = proxyActivities<Pick<Activities, 'exportRecord'>>({
  ...told('Write the file of the record'),
  scheduleToCloseTimeout: '24 hours',
  retry: { initialInterval: 5_000, backoffCoefficient: 2, maximumInterval: 300_000 },
});

const documenting = proxyActivities<Pick<Activities, 'writeDocuments'>>({
  // Nobody waits for it, and a remote that hangs takes nobody's place.
  taskQueue: taskQueues.waits,
  // A remote that hangs is given up after 40 s, by the activity itself.
  startToCloseTimeout: 60_000,
  scheduleToCloseTimeout: 600_000,
  heartbeatTimeout,
  cancellationType: 'TRY_CANCEL',
  retry: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 30_000 },
});

/** Writes one repository's documents; what a remote does not take now is tried again for ten minutes. */
export function writeDocuments(input: Parameters<Activities['writeDocuments']>[0]) {
  const summary = `Documents in ${input.repository.name}`;
  return documenting.writeDocuments.executeWithOptions({ summary }, [input]);
}

/** Each source has 5 s, side by side; nobody is kept waiting by one that says nothing. */
export const reading = proxyActivities<Pick<Activities, 'readConfiguration'>>({
  ...told('Read the configuration'),
  startToCloseTimeout: 15_000,
  scheduleToCloseTimeout: readingMs,
  heartbeatTimeout,
});

/** What asking a health monitor may take: one that is not there is silent for 12 s, one that is there settles. */
function watchMsOf(watched: ObserveInput['watched'] = []): number {
  return watched.length === 0 ? 0 : Math.max(...watched.map(({ sampling }) => sampling.timeoutMs)) + 20_000;
}

/** Looks at everything at once, for as long as its checks may take; Temporal repeats it. */
export function evaluateGates(summary: string, input: Parameters<Activities['evaluateGates']>[0]) {
  // Who is asked is told after everything else.
  const askMs = input.ask ? margin : 0;
  const startToCloseTimeout = checksMsOf(input.observe?.checks ?? []) + watchMsOf(input.watched) + askMs + margin;
  return evaluating.evaluateGates.executeWithOptions(
    { ...bookkeepingOptions, summary, startToCloseTimeout, heartbeatTimeout },
    [input],
  );
}

const evaluating = proxyActivities<Pick<Activities, 'evaluateGates'>>(bookkeepingOptions);

export const following = proxyActivities<Pick<Activities, 'followDeployment'>>({
  summary: 'Follow a deployment to its end',
  taskQueue: taskQueues.waits,
  startToCloseTimeout: '90 days',
  heartbeatTimeout,
  retry: { initialInterval: 500, backoffCoefficient: 1 },
});

const waiting = proxyActivities<Pick<Activities, 'awaitWindow'>>({
  taskQueue: taskQueues.waits,
  startToCloseTimeout: margin,
  heartbeatTimeout,
  cancellationType: 'TRY_CANCEL',
  retry: { initialInterval: 500, backoffCoefficient: 1 },
});

/** Answers at once where nothing is known yet; else it waits for a change, in one activity however long that takes. */
export function awaitWindow(withinMs: number, input: Parameters<Activities['awaitWindow']>[0]) {
  const { known } = input;
  return waiting.awaitWindow.executeWithOptions(
    {
      summary: known === null ? 'Is the window open?' : 'Wait for the window',
      startToCloseTimeout: withinMs + margin,
      ...(known === null ? { scheduleToCloseTimeout: 600_000 } : {}),
    },
    [input],
  );
}

const effects = proxyActivities<Pick<Activities, 'act' | 'compensate' | 'observe' | 'monitor'>>({
  startToCloseTimeout: margin,
});

/** An effect runs once per attempt that the workflow decided on, and is waited for even when it is cancelled. */
export function act(step: ActionStep, attempt: number, input: Parameters<Activities['act']>[0]) {
  return effects.act.executeWithOptions(
    {
      summary: `${step.title} (attempt ${attempt} of ${step.retry.attempts})`,
      taskQueue: taskQueues.actions,
      ...actTimes(step, input.storePatienceMs),
      heartbeatTimeout,
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      retry: { maximumAttempts: 1 },
    },
    [input],
  );
}

/** The wait for a worker and the act have a bound each: one that waited long must not be cut while it acts. */
export function actTimes({ do: { timeoutMs } }: Pick<ActionStep, 'do'>, storePatienceMs: number) {
  return { scheduleToStartTimeout: waitForWorker, startToCloseTimeout: storePatienceMs + timeoutMs + margin };
}

/** A compensation that has not begun on the workflow's own queue by then finds that queue full, or no worker. */
const eagerlyWithin = 250;

/**
 * Bounded per attempt and in attempts; time without a worker does not count, so there is no schedule-to-close. On the
 * workflow's own queue it begins with the very task that decided on it (eager dispatch: docs/decisions/compensations.md);
 * where it does not begin there, nothing has happened yet, and it goes to the queue that nothing else is on.
 */
export async function compensate(
  outstanding: OutstandingCompensation,
  attempt: number,
  input: Parameters<Activities['compensate']>[0],
) {
  const undoMs = outstanding.undo.kind === 'action' ? outstanding.undo.action.timeoutMs : 0;
  const on = (place: Pick<ActivityOptions, 'taskQueue' | 'scheduleToStartTimeout'>) =>
    effects.compensate.executeWithOptions(
      {
        ...place,
        summary: `Undo: ${outstanding.title} (attempt ${attempt})`,
        startToCloseTimeout: undoMs + (outstanding.done ? readBackMsOf(outstanding.done, input.settleMs) : 0) + margin,
        heartbeatTimeout,
        cancellationType: 'WAIT_CANCELLATION_COMPLETED',
        retry: { maximumAttempts: 1 },
      },
      [input],
    );
  try {
    return await on({ taskQueue: taskQueues.main, scheduleToStartTimeout: eagerlyWithin });
  } catch (error) {
    if (!hasNotBegun(error)) throw error;
    return on({ taskQueue: taskQueues.rollback });
  }
}

function hasNotBegun(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
}

/** Checks only look, so a lost attempt is simply looked at again (by the caller). */
export function observe(
  summary: string,
  checks: readonly PlannedCheck[],
  taskQueue: string,
  input: Parameters<Activities['observe']>[0],
) {
  const { settleMs, holdMs = 0, watched, storePatienceMs = 0 } = input;
  const [done] = checks;
  const lookMs = settleMs === undefined || !done ? checksMsOf(checks) : readBackMsOf(done, settleMs);
  const startToCloseTimeout = lookMs + holdMsOf(checks, holdMs) + watchMsOf(watched) + storePatienceMs + margin;
  return effects.observe.executeWithOptions(
    {
      summary,
      taskQueue,
      startToCloseTimeout,
      heartbeatTimeout,
      cancellationType: 'TRY_CANCEL',
      retry: { maximumAttempts: 1 },
    },
    [input],
  );
}

/**
 * How long a monitor waits for a worker, and once more: 10 s in all while workers live. Where none did for a while, the
 * second one begins when the first is there again.
 */
export const monitorWaits = [7_000, 3_000];

/** One activity however long it watches: Temporal starts it anew, with its counts, when its worker is lost. */
export function monitor(
  plan: Plan,
  input: Parameters<Activities['monitor']>[0],
  scheduleToStartTimeout: number,
  whose: 'begun' | 'waiting',
) {
  return effects.monitor.executeWithOptions(
    {
      summary: input.mode === 'evaluate' ? 'Watch health' : 'Measure availability during the rollback',
      taskQueue: taskQueues.monitors,
      startToCloseTimeout: plan.maxDurationMs + margin,
      scheduleToStartTimeout,
      // Where slots are few, and the server knows of priorities, what has begun comes first.
      priority: { priorityKey: whose === 'begun' ? 1 : 3 },
      heartbeatTimeout,
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      retry: { initialInterval: 100, backoffCoefficient: 1, maximumInterval: 1_000 },
    },
    [input],
  );
}

/** A look lasts some seconds at most; one that fails is made again by the next round. */
export const { supervise } = proxyActivities<Pick<Activities, 'supervise'>>({
  startToCloseTimeout: 25_000,
  scheduleToCloseTimeout: 50_000,
  retry: { maximumAttempts: 1 },
});
