import { formatDuration } from '../../domain/base/duration.ts';
import { startExpiry } from '../../domain/deployment/approvals.ts';
import { Stopped } from '../engine/stopped.ts';
import type { DeploymentRun } from './run.ts';

/**
 * A pause acts before the next step or phase, armed, and all pauses together as long as policy allows. Before the first
 * change no longer than the approvals stand, too.
 */
export async function pausePoint(run: DeploymentRun): Promise<void> {
  const { plan, state } = run;
  const { paused } = state;
  if (!paused) return;
  const limitMs = plan.policy.limits.pause;
  const expiresInMs = Date.parse(startExpiry(plan, state.requestedAt)) - Date.now();
  const leftMs = Math.max(0, Math.min(limitMs - state.pausedMs, state.hasChanged ? limitMs : expiresInMs));
  const [reason, why] = paused.reason === null ? [{}, ''] : [{ reason: paused.reason }, `: ${paused.reason}`];
  const then = state.hasChanged ? 'rolls back' : 'expires';
  const isResumed = await run.wait({ kind: 'pause', then, ...reason }, leftMs, () => run.state.paused === null);
  run.deviation('paused', 'minor', `paused by ${paused.by.name} since ${paused.since}${why}`);
  if (isResumed) return;
  const summary = `not resumed within ${formatDuration(leftMs)}, after which it may be paused no longer`;
  throw new Stopped({ kind: 'overrun', limit: 'pause', summary });
}
