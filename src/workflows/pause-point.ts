import { formatDuration } from '../domain/duration.ts';
import type { DeploymentRun } from './run.ts';
import { Stopped } from './stopped.ts';

/** A pause acts before the next step, armed, and at most as long as policy allows. */
export async function pausePoint(run: DeploymentRun): Promise<void> {
  const { paused } = run.state;
  if (!paused) return;
  const limitMs = run.plan.policy.limits.pause;
  const reason = paused.reason === null ? {} : { reason: paused.reason };
  const then = run.state.hasChanged ? 'rolls back' : 'expires';
  const isResumed = await run.wait({ kind: 'pause', then, ...reason }, limitMs, () => run.state.paused === null);
  run.deviation(
    'paused',
    'minor',
    `paused by ${paused.by.name} since ${paused.since}${paused.reason === null ? '' : `: ${paused.reason}`}`,
  );
  if (!isResumed)
    throw new Stopped({ kind: 'overrun', limit: 'pause', summary: `not resumed within ${formatDuration(limitMs)}` });
}
