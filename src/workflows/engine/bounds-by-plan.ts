import { taskQueues } from '../../domain/base/task-queues.ts';
import { checksMsOf, holdMsOf, readBackMsOf } from '../../domain/plan/durations.ts';
import type { ActionStep, Plan } from '../../domain/plan/plan.ts';
import type { Activities } from '../../domain/ports/activities.ts';
import type { ObserveInput } from '../../domain/ports/observation.ts';
import { margin, short } from '../../domain/ports/traits.ts';
import { activities } from './activities.ts';

// Activities whose bounds depend on the plan, or whose summary on what they are asked for. In milliseconds. How often each is
// tried, and what a cancellation does to it, is in the table (`domain/ports/activities.ts`).

/** How long an action may wait for a worker before the attempt counts as lost (nothing has happened then). */
const waitForWorker = 60_000;

/** Pages have a queue beside slow work of any other kind. */
export function notifyOfPage(input: Parameters<Activities['notify']>[0]) {
  return activities.notify.executeWithOptions({ summary: 'Page people', taskQueue: taskQueues.waits }, [input]);
}

/** An attempt takes some seconds; it decides itself how long to wait for the next one. */
export function deliver(summary: string, forMs: number, input: Parameters<Activities['deliver']>[0]) {
  const scheduleToCloseTimeout = Math.max(short.startToCloseTimeout, forMs);
  return activities.deliver.executeWithOptions({ summary, scheduleToCloseTimeout }, [input]);
}

/** Writes one repository's documents; what a remote does not take now is tried again for ten minutes. */
export function writeDocuments(input: Parameters<Activities['writeDocuments']>[0]) {
  const summary = `Documents in ${input.repository.name}`;
  return activities.writeDocuments.executeWithOptions({ summary }, [input]);
}

/** How long asking a health monitor may take: one that is not there is silent for 12 s, one that is there settles. */
function watchMsOf(watched: ObserveInput['watched'] = []): number {
  return watched.length === 0 ? 0 : Math.max(...watched.map(({ sampling }) => sampling.timeoutMs)) + 20_000;
}

/** Evaluates everything at once, for as long as its checks may take; Temporal repeats it. */
export function evaluateGates(summary: string, input: Parameters<Activities['evaluateGates']>[0]) {
  // Approvers are notified after everything else.
  const askMs = input.ask ? margin : 0;
  const startToCloseTimeout = checksMsOf(input.observe?.checks ?? []) + watchMsOf(input.watched) + askMs + margin;
  return activities.evaluateGates.executeWithOptions({ summary, startToCloseTimeout }, [input]);
}

/** Answers at once where nothing is known yet; else it waits for a change, in one activity however long that takes. */
export function awaitWindow(withinMs: number, input: Parameters<Activities['awaitWindow']>[0]) {
  const { known } = input;
  return activities.awaitWindow.executeWithOptions(
    {
      summary: known === null ? 'Is the window open?' : 'Wait for the window',
      startToCloseTimeout: withinMs + margin,
      ...(known === null ? { scheduleToCloseTimeout: 600_000 } : {}),
    },
    [input],
  );
}

/** An effect runs once per attempt that the workflow decided on, and is waited for even when it is cancelled. */
export function act(input: Parameters<Activities['act']>[0]) {
  const { step, attempt, storePatienceMs } = input;
  const summary = `${step.title} (attempt ${attempt} of ${step.retry.attempts})`;
  return activities.act.executeWithOptions({ summary, ...actTimes(step, storePatienceMs) }, [input]);
}

/** The wait for a worker and the act have a bound each: one that waited long must not be cut while it acts. */
export function actTimes({ do: { timeoutMs } }: Pick<ActionStep, 'do'>, storePatienceMs: number) {
  return { scheduleToStartTimeout: waitForWorker, startToCloseTimeout: storePatienceMs + timeoutMs + margin };
}

/** Checks change nothing, so a lost attempt is simply repeated (by the caller). */
export function observe(summary: string, taskQueue: string, input: Parameters<Activities['observe']>[0]) {
  const { checks, settleMs, holdMs = 0, watched, storePatienceMs = 0 } = input;
  const [done] = checks;
  const checksMs = settleMs === undefined || !done ? checksMsOf(checks) : readBackMsOf(done, settleMs);
  const startToCloseTimeout = checksMs + holdMsOf(checks, holdMs) + watchMsOf(watched) + storePatienceMs + margin;
  return activities.observe.executeWithOptions({ summary, taskQueue, startToCloseTimeout }, [input]);
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
  return activities.monitor.executeWithOptions(
    {
      summary: input.mode === 'evaluate' ? 'Watch health' : 'Measure availability during the rollback',
      startToCloseTimeout: plan.maxDurationMs + margin,
      scheduleToStartTimeout,
      // Where slots are few, and the server knows of priorities, what has begun comes first.
      priority: { priorityKey: whose === 'begun' ? 1 : 3 },
    },
    [input],
  );
}
