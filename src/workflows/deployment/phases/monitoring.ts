import { sleep } from '@temporalio/workflow';
import { formatDuration } from '../../../domain/base/duration.ts';
import { notPassed, unsettled } from '../../../domain/health/good-since-change.ts';
import { blindMs } from '../../../domain/health/unwatched.ts';
import { slotName } from '../../../domain/plan/bindings.ts';
import { Stopped } from '../../engine/stopped.ts';
import { confirm } from '../notify-target.ts';
import type { DeploymentRun } from '../run.ts';

/**
 * The monitoring period: trouble rolls back at once. At its end the deployment is confirmed: what it brought is what
 * serves, nothing rolls it back any more, and the target is free.
 */
export async function monitoring(run: DeploymentRun): Promise<void> {
  run.enter('monitoring');
  askForHandoff(run);
  await watchedPeriod(run);
  await run.monitor.stop();
  const { plan, bindings } = run;
  const live = { release: plan.release, artifact: plan.artifact, since: new Date().toISOString(), deployment: run.id };
  await confirm(run, { live, slot: slotName(bindings, 'idle') }, 'confirmed');
}

/** It may be given from here on. */
function askForHandoff(run: DeploymentRun): void {
  const { handoff, periodMs } = run.plan.monitoring;
  if (!handoff) return;
  const until = new Date(Date.now() + periodMs + handoff.withinMs).toISOString();
  run.askFor({ kind: 'handoff', then: 'pages', role: handoff.role, until });
}

/** Lets a period go by, which the status shows until then. */
async function period(run: DeploymentRun, ms: number): Promise<void> {
  const until = new Date(Date.now() + ms).toISOString();
  if (ms > 0) run.append({ type: 'waiting-started', wait: { kind: 'monitoring', until, then: 'goes on' } });
  await sleep(ms, { summary: 'Monitoring period' });
  run.throwIfStopped();
  if (ms > 0) run.append({ type: 'waiting-ended', kind: 'monitoring' });
}

/** Ends when every check was watched for the whole period and came out as passed: unwatched time is made up for. */
async function watchedPeriod(run: DeploymentRun): Promise<void> {
  const { health, monitoring, policy } = run.plan;
  const begun = Date.now();
  let since = new Date(begun).toISOString();
  let leftMs = monitoring.periodMs;
  for (;;) {
    await period(run, leftMs);
    const { summaries: seen, settledAt } = await run.monitor.settle();
    run.throwIfStopped();
    const now = new Date().toISOString();
    leftMs = blindMs(health, seen, since, now);
    since = now;
    if (leftMs === 0) {
      const unclear = notPassed(health, seen, now) ?? unsettled(health, seen, settledAt, now);
      if (!unclear) return;
      run.monitor.breached(unclear);
    }
    run.monitor.start();
    run.throwIfStopped();
    if (Date.parse(now) - begun > monitoring.periodMs + policy.limits.monitoring)
      throw new Stopped({ kind: 'overrun', limit: 'monitoring', summary: 'nobody watched for a whole period' });
    run.deviation('monitoring-extended', 'minor', `nobody watched for ${formatDuration(leftMs)}, which is made up for`);
  }
}
