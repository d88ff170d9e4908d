import { formatDuration } from '../../../domain/base/duration.ts';
import type { ManualStep } from '../../../domain/plan/plan.ts';
import { Stopped } from '../../engine/stopped.ts';
import type { DeploymentRun } from '../run.ts';

export async function manualStep(run: DeploymentRun, step: ManualStep): Promise<void> {
  run.append({ type: 'step-started', step: step.id, attempt: 1 });
  const wait = {
    kind: 'manual',
    then: 'rolls back',
    step: step.id,
    role: step.role,
    reason: step.instructions,
  } as const;
  const isReported = await run.wait(wait, step.withinMs, () => run.state.reports[step.id] !== undefined);
  if (!isReported) {
    const summary = `not done within ${formatDuration(step.withinMs)}`;
    run.stepCompleted(step, 'failed', summary);
    throw new Stopped({ kind: 'overrun', limit: 'manual', summary: `manual step ${step.id}: ${summary}` });
  }
  if (run.state.reports[step.id] === 'passed') return;
  run.deviation('step-failed', 'major', 'reported as failed; roll back', step.id);
  throw new Stopped({ kind: 'step-failed', step: step.id, summary: 'reported as failed' });
}
