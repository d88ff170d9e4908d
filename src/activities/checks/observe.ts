import { Context } from '@temporalio/activity';
import { taskQueues } from '../../domain/base/task-queues.ts';
import type { ObserveInput, ObserveResult } from '../../domain/ports/observation.ts';
import type { ActivityDeps } from '../deps.ts';
import { throwIfShutDown, whileBeating } from '../engine/heartbeat.ts';
import type { Nudges } from '../engine/nudges.ts';
import { patiently } from '../engine/store-patience.ts';
import { requireSealedChecks } from '../trust/seals.ts';
import { settledSamples } from './ask-monitor.ts';
import { measure, measureAsPlanned, readEffect } from './measure.ts';

/** Checks for a moment, or an effect read back; beside them what the health monitor has seen by the end. */
export function observe(deps: ActivityDeps, nudges: Nudges, input: ObserveInput): Promise<ObserveResult> {
  return whileBeating(async (signal) => {
    const patience = { forMs: input.storePatienceMs ?? 0, signal };
    await patiently(patience, () => requireSealedChecks(deps, input));
    const { settleMs, checks } = input;
    if (settleMs !== undefined && checks[0]) {
      const reading = await readEffect(deps, { ...input, settleMs, done: checks[0], isWayBack: false }, signal);
      throwIfShutDown(signal);
      return { results: [], watch: null, reading, worker: deps.worker };
    }
    const isWayBack = Context.current().info.taskQueue === taskQueues.rollback;
    const results = await (isWayBack ? measure : measureAsPlanned)(deps, input, signal);
    throwIfShutDown(signal);
    const watch = input.watched
      ? await settledSamples(deps, Context.current().info.workflowExecution, input.watched, signal, nudges.ask)
      : null;
    throwIfShutDown(signal);
    return { results, watch, worker: deps.worker };
  });
}
