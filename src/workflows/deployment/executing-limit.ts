import { condition } from '@temporalio/workflow';
import { formatDuration } from '../../domain/base/duration.ts';
import { peopleMsOf } from '../../domain/plan/durations.ts';
import type { DeploymentRun } from './run.ts';

/**
 * Stops the deployment when the steps take longer than policy and their waits for people allow; ends with them. While a pause holds them the limit
 * stands still: the pause has one of its own.
 */
export async function endOnOverrun(run: DeploymentRun, areDone: () => boolean): Promise<void> {
  const limitMs = run.plan.policy.limits.executing + peopleMsOf(run.plan.steps);
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
