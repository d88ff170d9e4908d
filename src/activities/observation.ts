import { Context } from '@temporalio/activity';
import { watchHealth } from '../adapters/index.ts';
import type { JsonObject } from '../domain/adapters.ts';
import type { Activities } from '../domain/ports.ts';
import { taskQueues } from '../domain/task-queues.ts';
import { bindChecks, contextsOf } from './contexts.ts';
import type { ActivityDeps } from './deps.ts';
import { throwIfShutDown, whileBeating } from './heartbeat.ts';
import { measure, measureAsPlanned } from './measure.ts';
import { requireSealedChecks, requireSealedMonitor } from './seals.ts';

/** Checks, for a moment or for as long as a deployment lasts. */
export function observationActivities(deps: ActivityDeps): Pick<Activities, 'observe' | 'monitor'> {
  return {
    observe: (input) =>
      whileBeating(async (signal) => {
        await requireSealedChecks(deps, input);
        const isWayBack = Context.current().info.taskQueue === taskQueues.rollback;
        const results = await (isWayBack ? measure : measureAsPlanned)(deps, input, signal);
        throwIfShutDown(signal);
        return { results, worker: deps.worker };
      }),
    async monitor(input) {
      await requireSealedMonitor(deps, input);
      const { checks, bindings, mode, carry, ...place } = input;
      const context = Context.current();
      const contextFor = contextsOf(deps, place);
      // A worker before this one may have been lost in the middle: its counts are in its last heartbeat.
      const known = (context.info.heartbeatDetails as JsonObject | undefined) ?? carry;
      const result = await watchHealth({
        checks: bindChecks(checks, bindings),
        catalog: deps.catalog,
        contextFor: (check, signal, timeoutMs) => contextFor(check.id, signal, timeoutMs),
        signal: context.cancellationSignal,
        carry: known,
        mode,
        since: new Date(context.info.scheduledTimestampMs).toISOString(),
        onState: (state) => context.heartbeat(state),
      });
      throwIfShutDown(context.cancellationSignal);
      return { ...result, worker: deps.worker };
    },
  };
}
