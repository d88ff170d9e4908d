import { ApplicationFailure, upsertSearchAttributes } from '@temporalio/workflow';
import type { Outcome } from '../../domain/base/phases.ts';
import { outcomeBeforeChange } from '../../domain/deployment/outcome-before-change.ts';
import { describeCause } from '../../domain/deployment/status.ts';
import { openDeliveriesIn } from '../../domain/journal/deliveries.ts';
import type { StopCause } from '../../domain/journal/values.ts';
import { type DeploymentInput } from '../../domain/ports/deployments.ts';
import { searchAttributes } from '../../domain/ports/search-attributes.ts';
import type { DeploymentResult } from '../../domain/target/result.ts';
import { reviewDueAt } from '../../domain/target/reviews.ts';
import { Stopped } from '../engine/stopped.ts';
import { begin } from './begin.ts';
import { readConfiguration } from './configuration.ts';
import { nonCancellable } from './main-scope.ts';
import { receiveMessages } from './messages.ts';
import { notify } from './notify.ts';
import { notifyTargetOfEnd } from './notify-target.ts';
import { awaitingApproval } from './phases/awaiting-approval.ts';
import { awaitingTarget } from './phases/awaiting-target.ts';
import { awaitingWindow } from './phases/awaiting-window.ts';
import { documenting } from './phases/documenting.ts';
import { executing } from './phases/executing.ts';
import { handingOver } from './phases/handing-over.ts';
import { monitoring } from './phases/monitoring.ts';
import { repairing } from './phases/repairing.ts';
import { validating } from './phases/validating.ts';
import { verifying } from './phases/verifying.ts';
import { publishFinal, storeAll } from './publish.ts';
import { rollBack } from './rollback.ts';
import type { DeploymentRun } from './run.ts';
import { untilResumed } from './until-resumed.ts';
import { awaitWarrant, isOfItsTarget } from './warrant.ts';

/** One change, from request to record. Everything that can go wrong ends in an outcome, never in a stuck workflow. */
export async function deployment(input: DeploymentInput): Promise<DeploymentResult> {
  return nonCancellable(async (cancelled) => {
    const run = begin(input);
    // Signals that came before it began are received at once: the journal has begun by then.
    receiveMessages(run);
    run.stopOnceCancelled(cancelled);
    // A repair acts without approvals, so it must be the one that its target planned after a resolution. Any other is
    // evaluated like every plan, and cannot be approved.
    if (run.plan.repair && isOfItsTarget(run)) {
      await awaitWarrant(run);
      return end(run, await repairing(run, run.plan.repair), null);
    }

    const cause = await run.untilStopped(async () => {
      await awaitWarrant(run);
      await verifying(run);
      let next: Awaited<ReturnType<typeof awaitingTarget>> = 'approval';
      while (next !== 'go-on') {
        await untilResumed(run);
        if (next === 'approval') await awaitingApproval(run);
        await untilResumed(run);
        const isOpen = await awaitingWindow(run);
        // Before the first change, waiting for people never holds the lock.
        await untilResumed(run);
        next = isOpen ? await awaitingTarget(run) : 'approval';
      }
      await executing(run);
      await untilResumed(run);
      await validating(run);
      if (run.plan.mode === 'rehearsal') throw new Stopped({ kind: 'rehearsal' });
      await untilResumed(run);
      await documenting(run);
      await untilResumed(run);
      await monitoring(run);
    });

    if (cause) return end(run, run.state.hasChanged ? await rollBack(run, cause) : outcomeBeforeChange(cause), cause);
    await handingOver(run);
    return end(run, 'succeeded', null);
  });
}

/** Notifies people, closes the journal and publishes the record that it covers. */
async function end(run: DeploymentRun, outcome: Outcome, cause: StopCause | null): Promise<DeploymentResult> {
  // Nothing changes it from here on: every message is refused as `ended`.
  run.isDecided = true;
  await notifyTargetOfEnd(run, outcome);
  run.documents.ended(outcome);
  await run.monitor.stop();
  // The worker that refused it has paged already.
  if (cause?.kind === 'error' && cause.code === 'unsealed-plan') {
    const { code, summary: what } = cause;
    run.append({ type: 'security-alert', code, what, by: run.plan.requester.subject, via: null });
  }
  await run.settled();
  const said = `${outcome}${cause ? `: ${describeCause(cause)}` : ''}`;
  await notify(run, 'ended', `${said}.`, outcome);
  const { service, environment } = run.plan;
  if (outcome === 'needs-intervention')
    await notify(run, 'page', `A person must look at ${service} in ${environment}: ${said}.`, outcome);
  await readConfiguration(run, 'end');
  await run.documents.settle();
  const dueAt = reviewDueAt(run.plan, run.state.hasChanged, Date.now());
  if (dueAt !== null) run.append({ type: 'review-opened', dueAt });
  run.append({ type: 'ended', outcome, cause });
  upsertSearchAttributes([
    { key: searchAttributes.phase, value: 'ended' },
    { key: searchAttributes.outcome, value: outcome },
  ]);
  await publishFinal(run);
  await storeAll(run, 'everything').catch(() => undefined); // the history still holds what the store does not take
  await run.documents.finish();
  // What is tried again outlives the deployment once it has been started.
  await run.settled();
  await run.pages.leave();
  const openDeliveries = openDeliveriesIn(run.journal);
  if (outcome === 'needs-intervention')
    throw ApplicationFailure.nonRetryable(said, 'needs-intervention', {
      deployment: run.id,
      reviewDueAt: dueAt,
      openDeliveries,
    });
  return {
    outcome,
    serves: run.state.confirmed,
    supersedes: run.state.confirmed !== null && !run.plan.repair,
    reviewDueAt: dueAt,
    openDeliveries,
  };
}
