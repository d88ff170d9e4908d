import { sleep } from '@temporalio/workflow';
import { formatDuration } from '../../../domain/base/duration.ts';
import type { HoldStep } from '../../../domain/plan/plan.ts';
import type { DeploymentRun } from '../run.ts';

export async function holdStep(run: DeploymentRun, step: HoldStep): Promise<void> {
  run.append({ type: 'step-started', step: step.id, attempt: 1 });
  const startedAt = Date.now();
  const until = new Date(startedAt + step.durationMs).toISOString();
  run.append({ type: 'waiting-started', wait: { kind: 'hold', until, then: 'goes on', step: step.id } });
  await sleep(step.durationMs, { summary: `Hold: ${step.title}` });
  run.throwIfStopped();
  run.append({ type: 'waiting-ended', kind: 'hold' });
  const heldMs = Date.now() - startedAt;
  run.stepCompleted(step, 'passed', `held ${formatDuration(heldMs)}`);
}
