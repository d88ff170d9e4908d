import { unsettled } from '../../../domain/health/good-since-change.ts';
import type { PlannedStep } from '../../../domain/plan/plan.ts';
import { readConfiguration } from '../configuration.ts';
import { endOnOverrun } from '../executing-limit.ts';
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
  let areDone = false;
  const limit = endOnOverrun(run, () => areDone).catch(() => undefined);
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
