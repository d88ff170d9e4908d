import { taskQueues } from '../../../domain/base/task-queues.ts';
import type { ActionStep } from '../../../domain/plan/plan.ts';
import { Stopped } from '../../engine/stopped.ts';
import { journalChecks, measure } from '../observe.ts';
import type { DeploymentRun } from '../run.ts';

/** Measures what an action step is to have brought about; one check that does not pass in its time fails the step. */
export async function verifyStep(run: DeploymentRun, step: ActionStep): Promise<void> {
  if (step.verify.kind === 'none') return run.stepCompleted(step, 'passed', `not verified: ${step.verify.reason}`);
  const { checks } = step.verify;
  const observed = await measure(run, `Verify: ${step.title}`, checks, { taskQueue: taskQueues.main, of: step });
  run.throwIfStopped();
  const passed = journalChecks(run, observed, { for: 'verify', step: step.id });
  if (passed.length === checks.length)
    return run.stepCompleted(step, 'passed', `${passed.length} of ${checks.length} checks passed`);
  const bad = observed.results
    .filter(({ verdict }) => verdict !== 'passed')
    .map((one) => `${one.check} ${one.verdict} (${one.summary})`);
  failStep(run, step, `verify did not pass: ${bad.join(', ')}`);
}

/** Journals that a step failed, and stops the deployment: what was changed is rolled back. */
export function failStep(run: DeploymentRun, step: ActionStep, summary: string): never {
  run.stepCompleted(step, 'failed', summary);
  run.deviation('step-failed', 'major', `${summary}; roll back`, step.id);
  throw new Stopped({ kind: 'step-failed', step: step.id, summary });
}
