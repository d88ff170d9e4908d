import { sleep } from '@temporalio/workflow';
import { slotAfter } from '../../domain/bindings.ts';
import type { DeploymentRun } from '../run.ts';

/**
 * The monitoring period: trouble rolls back at once. At its end the deployment is confirmed: what it brought is what
 * serves, nothing rolls it back any more, and the target is free.
 */
export async function monitoring(run: DeploymentRun): Promise<void> {
  run.enter('monitoring');
  const { periodMs } = run.plan.monitoring;
  await sleep(periodMs, { summary: 'Monitoring period' });
  run.throwIfStopped();
  await run.monitor.stop();
  run.throwIfStopped();
  const { plan, bindings } = run;
  const live = { release: plan.release, artifact: plan.artifact, since: new Date().toISOString(), deployment: run.id };
  const slot = slotAfter(bindings);
  run.append({ type: 'confirmed', live, slot });
  run.append({ type: 'lock-released', why: 'confirmed' });
}
