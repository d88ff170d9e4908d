import { Context } from '@temporalio/activity';
import { watchHealth } from '../../adapters/index.ts';
import type { JsonObject } from '../../domain/base/json.ts';
import type { MonitorInput, MonitorResult } from '../../domain/ports/observation.ts';
import { holdSignal } from '../../system/time-limit.ts';
import type { ActivityDeps } from '../deps.ts';
import { bindChecks, samplingBy } from '../effects/contexts.ts';
import { checksRunFiles, requireIsolated } from '../effects/isolation.ts';
import { isAskedFor, throwIfShutDown } from '../engine/heartbeat.ts';
import type { Nudges } from '../engine/nudges.ts';
import { requireSealedChecks } from '../trust/seals.ts';
import { untilRuleChange } from './await-rule-change.ts';
import type { CurrentRules } from './current-rules.ts';

/**
 * The health monitor: one activity for as long as a deployment lasts. Its counts are in its heartbeats, so that another
 * worker goes on with them. It ends by completing: with a breach, with rules that have changed, or when it is cancelled.
 */
export async function monitor(
  deps: ActivityDeps,
  { currentRules, nudges }: { readonly currentRules: CurrentRules; readonly nudges: Nudges },
  input: MonitorInput,
): Promise<MonitorResult> {
  await requireSealedChecks(deps, { ...input, step: null });
  if (checksRunFiles(deps, input.checks)) await requireIsolated(deps, input.runIdentity.target);
  const { checks, bindings, mode, carry, until, mayFailAtStart } = input;
  const context = Context.current();
  // A worker before this one may have been lost in the middle: its counts are in its last heartbeat.
  const before = (context.info.heartbeatDetails as JsonObject | undefined) ?? carry;
  const over = new AbortController();
  const settle = new AbortController();
  const { cancellationSignal } = context;
  // When it is cancelled, a monitor that evaluates asks each check once more; a worker that shuts down hands it over at once.
  const onCancelled = () =>
    mode === 'evaluate' && isAskedFor(cancellationSignal) ? settle.abort() : over.abort(cancellationSignal.reason);
  if (until === 'settled') settle.abort();
  if (cancellationSignal.aborted) onCancelled();
  else cancellationSignal.addEventListener('abort', onCancelled, { once: true });
  const ends = holdSignal([over.signal]);
  let ruleChanges: MonitorResult['ruleChanges'] = null;
  let unlisten = () => {};
  // Ends the watch, which goes on with its counts once the deployment has the answer. A breach does not wait for it.
  void untilRuleChange(deps, currentRules, input, ends.signal).then((found) => {
    ruleChanges = found;
    if (found) over.abort();
  });
  const watching = watchHealth({
    ...samplingBy(deps, input),
    checks: bindChecks(deps, checks, bindings),
    signal: ends.signal,
    settle: settle.signal,
    carry: before,
    mode,
    mayFailAtStart,
    since: new Date(context.info.scheduledTimestampMs).toISOString(),
    onState: (state) => context.heartbeat(state),
    onTeller(tell) {
      unlisten = nudges.listen(context.info.workflowExecution?.workflowId ?? '', tell);
    },
  });
  const result = await watching.finally(() => {
    unlisten();
    over.abort();
    ends.release();
  });
  throwIfShutDown(context.cancellationSignal);
  return { ...result, ruleChanges, worker: deps.worker };
}
