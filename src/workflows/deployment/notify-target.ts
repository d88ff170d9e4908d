import { getExternalWorkflowHandle } from '@temporalio/workflow';
import { targetWorkflowId } from '../../domain/base/ids.ts';
import type { Outcome } from '../../domain/base/phases.ts';
import type { Served } from '../../domain/plan/references.ts';
import { acquireSignal, releaseSignal, stuckSignal } from '../engine/internal-signals.ts';
import type { DeploymentRun } from './run.ts';

const targetOf = ({ plan }: DeploymentRun) =>
  getExternalWorkflowHandle(targetWorkflowId(plan.service, plan.environment));

/** Takes a place in the target's queue; the grant comes as a signal. */
export async function askForLock(run: DeploymentRun): Promise<void> {
  await targetOf(run).signal(acquireSignal, { number: run.number });
}

/** Gives the lock back, or the place in the queue. */
export async function leaveTarget(run: DeploymentRun, serves: Served | null): Promise<void> {
  await targetOf(run).signal(releaseSignal, { number: run.number, serves });
}

/** Journals what the target serves from now on, and gives it the lock back. */
export async function confirm(run: DeploymentRun, serves: Served, why: string): Promise<void> {
  await run.appendShownAfter(
    [
      { type: 'confirmed', ...serves },
      { type: 'lock-released', why },
    ],
    () => leaveTarget(run, serves),
  );
}

/**
 * Signals the target how the deployment ends, before anybody else is notified: the lock is free, or stuck and a person may
 * resolve. What is left to do then, notifying people and publishing, holds nothing. The workflow's own end repeats it, also
 * for a target that cannot be signalled now.
 */
export async function notifyTargetOfEnd(run: DeploymentRun, outcome: Outcome): Promise<void> {
  const { number, state } = run;
  if (state.confirmed || !isWithTarget(run)) return;
  const signalled =
    outcome === 'needs-intervention'
      ? targetOf(run).signal(stuckSignal, { number, seq: state.seq })
      : leaveTarget(run, null);
  await signalled.catch(() => undefined);
}

/** Whether it has the lock or a place in the queue. A repair has it from its first moment. */
function isWithTarget({ journal, plan }: DeploymentRun): boolean {
  const last = journal.findLast(({ type }) => type === 'lock-requested' || type === 'lock-released');
  return plan.repair !== null || last?.type === 'lock-requested';
}

/** Raises an alarm over a grant that did not come from the target. Answers whether another one could be reported, too. */
export function refuseGrant({ alarms }: DeploymentRun): boolean {
  alarms.raise('unproven-message', unconfirmed, 'unknown', 'signal');
  return alarms.hasRoom;
}

export const unconfirmed = 'a grant of the lock that the target does not confirm';
