import { condition, defineSignal, workflowInfo } from '@temporalio/workflow';
import { targetWorkflowId } from '../../domain/base/ids.ts';
import { isProven } from '../../domain/messages/proof.ts';
import { type Warrant, warrantIn } from '../../domain/messages/warrant.ts';
import { onSignal } from '../engine/signals.ts';
import type { DeploymentRun } from './run.ts';

export const warrantSignal = defineSignal<[unknown]>('warrant');

/** The API sends its warrant within a moment of its request; one that ended in between sends it when it is asked again. */
const warrantMs = 60_000;

/** Receives the API's warrant for this run. Anything else by this name changes nothing and raises an alarm. */
export function receiveWarrant(run: DeploymentRun): void {
  onSignal(warrantSignal.name, (raw) => {
    const warrant = warrantFor(run, raw);
    if (warrant) run.warrant ??= warrant;
    else run.alarms.raise('unproven-message', 'a warrant that the API has not given', 'unknown', 'signal');
  });
}

/**
 * Waits for the API's warrant, where the plan is sealed: workers do nothing for a run without it. Not given in time: it goes
 * on, so that a worker refuses, alarms and pages.
 */
export async function awaitWarrant(run: DeploymentRun): Promise<void> {
  if (run.seals === null || run.warrant || !isOfItsTarget(run)) return;
  await condition(() => run.warrant !== null, warrantMs, { summary: 'Waiting: the word of the API' });
  run.throwIfStopped();
}

/** Whether its own target has started it: the API vouches for no other run. */
export function isOfItsTarget({ plan }: DeploymentRun): boolean {
  return workflowInfo().parent?.workflowId === targetWorkflowId(plan.service, plan.environment);
}

function warrantFor(run: DeploymentRun, raw: unknown): Warrant | null {
  const warrant = warrantIn(raw);
  if (!warrant || warrant.runId !== workflowInfo().runId || warrant.planDigest !== run.seals?.planDigest) return null;
  return isProven(run.plan.policy.messages.key, run.id, 'warrant', warrant, Date.now()) ? warrant : null;
}
