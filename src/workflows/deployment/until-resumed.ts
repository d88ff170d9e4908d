import { formatDuration } from '../../domain/base/duration.ts';
import { pauseLeftMs } from '../../domain/deployment/pause-limits.ts';
import { Stopped } from '../engine/stopped.ts';
import type { DeploymentRun } from './run.ts';

/** A pause acts before the next step or phase, and lasts no longer than it may (`domain/deployment/pause-limits`). */
export async function untilResumed(run: DeploymentRun): Promise<void> {
  const { plan, state } = run;
  const { paused } = state;
  if (!paused) return;
  const leftMs = pauseLeftMs(plan, state, Date.now());
  const [reason, why] = paused.reason === null ? [{}, ''] : [{ reason: paused.reason }, `: ${paused.reason}`];
  const then = state.hasChanged ? 'rolls back' : 'expires';
  const isResumed = await run.wait({ kind: 'pause', then, ...reason }, leftMs, () => run.state.paused === null);
  run.deviation('paused', 'minor', `paused by ${paused.by.name} since ${paused.since}${why}`);
  if (isResumed) return;
  const summary = `not resumed within ${formatDuration(leftMs)}, after which it may be paused no longer`;
  throw new Stopped({ kind: 'overrun', limit: 'pause', summary });
}
