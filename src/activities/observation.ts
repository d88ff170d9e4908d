import { Context } from '@temporalio/activity';
import { watchHealth } from '../adapters/index.ts';
import type { JsonObject } from '../domain/adapters.ts';
import type { MonitorResult } from '../domain/ports/observation.ts';
import type { Activities } from '../domain/ports.ts';
import { taskQueues } from '../domain/task-queues.ts';
import { holdSignal } from '../time-limit.ts';
import { bindChecks, contextsOf } from './contexts.ts';
import type { ActivityDeps } from './deps.ts';
import { throwIfShutDown, whileBeating } from './heartbeat.ts';
import { measure, measureAsPlanned, readEffect } from './measure.ts';
import { untilNews } from './news.ts';
import type { Nudges } from './nudges.ts';
import type { Outlook } from './outlook.ts';
import { requireSealedChecks, requireSealedMonitor } from './seals.ts';

/** Checks, for a moment or for as long as a deployment lasts. */
export function observationActivities(
  deps: ActivityDeps,
  outlook: Outlook,
  nudges: Nudges,
): Pick<Activities, 'observe' | 'monitor'> {
  return {
    observe: (input) =>
      whileBeating(async (signal) => {
        await requireSealedChecks(deps, input);
        const { settleMs, checks } = input;
        if (settleMs !== undefined && checks[0]) {
          const reading = await readEffect(deps, { ...input, settleMs, done: checks[0], isWayBack: false }, signal);
          throwIfShutDown(signal);
          return { results: [], reading, worker: deps.worker };
        }
        const isWayBack = Context.current().info.taskQueue === taskQueues.rollback;
        const results = await (isWayBack ? measure : measureAsPlanned)(deps, input, signal);
        throwIfShutDown(signal);
        return { results, worker: deps.worker };
      }),
    async monitor(input) {
      await requireSealedMonitor(deps, input);
      const { checks, bindings, mode, carry } = input;
      const context = Context.current();
      const contextFor = contextsOf(deps, input);
      // A worker before this one may have been lost in the middle: its counts are in its last heartbeat.
      const before = (context.info.heartbeatDetails as JsonObject | undefined) ?? carry;
      const over = new AbortController();
      const ends = holdSignal([context.cancellationSignal, over.signal]);
      let news: MonitorResult['news'] = null;
      let last = before;
      const deaf = nudges.listen(context.info.workflowExecution?.workflowId ?? '', () => context.heartbeat(last));
      // Ends the watch, which goes on with its counts once the deployment has heard. A breach does not wait for it.
      void untilNews(deps, outlook, input, ends.signal).then((found) => {
        news = found;
        if (found) over.abort();
      });
      const watching = watchHealth({
        checks: bindChecks(checks, bindings),
        catalog: deps.catalog,
        contextFor: (check, ofCheck, timeoutMs) => contextFor(check.id, ofCheck, timeoutMs),
        signal: ends.signal,
        carry: before,
        mode,
        since: new Date(context.info.scheduledTimestampMs).toISOString(),
        onState(state) {
          last = state;
          context.heartbeat(state);
        },
      });
      const result = await watching.finally(() => {
        deaf();
        over.abort();
        ends.release();
      });
      throwIfShutDown(context.cancellationSignal);
      return { ...result, news, worker: deps.worker };
    },
  };
}
