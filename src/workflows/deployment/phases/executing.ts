import { condition } from '@temporalio/workflow';
import { formatDuration } from '../../../domain/base/duration.ts';
import { unsettled } from '../../../domain/health/good-since-change.ts';
import { peopleMsOf } from '../../../domain/plan/durations.ts';
import type { PlannedStep } from '../../../domain/plan/plan.ts';
import { readConfiguration } from '../configuration.ts';
import type { DeploymentRun } from '../run.ts';
import { actionStep } from '../steps/action-step.ts';
import { gateStep } from '../steps/gate-step.ts';
import { holdStep } from '../steps/hold-step.ts';
import { manualStep } from '../steps/manual-step.ts';
import { untilResumed } from '../until-resumed.ts';

/** The steps of the plan in their order, watched all the time; each is done before the next one starts. */
export async function executing(run: DeploymentRun): Promise<void> {
  run.enter('executing');
  // Approvals do not lapse any more: see `approvedForMs`.
  run.expiry.stop();
  const limitMs = run.plan.policy.limits.executing + peopleMsOf(run.plan.steps);
  let areDone = false;
  const limit = endOnOverrun(run, limitMs, () => areDone).catch(() => undefined);
  try {
    await takeSteps(run);
    await settledHealth(run);
  } finally {
    // Never before the step that is in flight has ended: nothing is undone while something acts.
    areDone = true;
    await limit;
  }
}

async function takeSteps(run: DeploymentRun): Promise<void> {
  await readConfiguration(run, 'before');
  for (const step of run.plan.steps) {
    if (run.state.paused) await untilResumed(run);
    run.throwIfStopped();
    await takeStep(run, step);
  }
}

/** Nothing goes on from the last change before each health check has a good sample since, and none that is bad. */
async function settledHealth(run: DeploymentRun): Promise<void> {
  const { summaries, settledAt } = await run.monitor.settle();
  run.throwIfStopped();
  const bad = unsettled(run.plan.health, summaries, settledAt, new Date().toISOString());
  if (bad) run.monitor.breached(bad);
  run.monitor.start();
  run.throwIfStopped();
}

function takeStep(run: DeploymentRun, step: PlannedStep): Promise<void> {
  switch (step.kind) {
    case 'action':
      return actionStep(run, step);
    case 'hold':
      return holdStep(run, step);
    case 'gate':
      return gateStep(run, step);
    case 'manual':
      return manualStep(run, step);
  }
}

/**
 * Stops the deployment when the steps take longer than policy allows; ends with them. While a pause holds them the limit
 * stands still: the pause has one of its own.
 */
async function endOnOverrun(run: DeploymentRun, limitMs: number, areDone: () => boolean): Promise<void> {
  const isHeld = () => run.state.waits.some(({ kind }) => kind === 'pause');
  for (let leftMs = limitMs; leftMs > 0; ) {
    await condition(() => areDone() || !isHeld());
    const since = Date.now();
    const isInTime = await condition(() => areDone() || isHeld(), leftMs, { summary: 'Limit: executing' });
    if (areDone()) return;
    leftMs = isInTime ? leftMs - (Date.now() - since) : 0;
  }
  run.stop({ kind: 'overrun', limit: 'executing', summary: `the steps took longer than ${formatDuration(limitMs)}` });
}
