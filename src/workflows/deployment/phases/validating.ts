import { taskQueues } from '../../../domain/base/task-queues.ts';
import { validationGroups } from '../../../domain/base/validation-groups.ts';
import { badIn } from '../../../domain/health/good-since-change.ts';
import { type WatchReport, watchedOf } from '../../../domain/health/watched.ts';
import { checksMsOf } from '../../../domain/plan/durations.ts';
import { partName } from '../../../domain/plan/seals.ts';
import { Stopped } from '../../engine/stopped.ts';
import { measure } from '../observe.ts';
import type { DeploymentRun } from '../run.ts';

/** Checks that are over so soon, in milliseconds, are too short for a search to find the deployment by this phase. */
const briefMs = 10_000;

/** Smoke tests, performance, integrations and user-facing features, with the thresholds frozen in the plan. */
export async function validating(run: DeploymentRun): Promise<void> {
  run.append({ type: 'phase-entered', phase: 'validating' });
  const planned = validationGroups.flatMap((group) => {
    const asked = run.plan.validation[group];
    return asked.kind === 'checks' ? asked.checks.map((check) => ({ group, check })) : [];
  });
  const checks = planned.map(({ check }) => check);
  if (checksMsOf(checks) > briefMs) run.findBy('validating');
  const { results, watch } = await measure(run, 'Validate production', checks, {
    taskQueue: taskQueues.main,
    of: partName.validation,
    watched: watchedOf(run.plan),
  });
  run.throwIfStopped();
  planned.forEach(({ group }, i) => {
    const result = results[i];
    if (result) run.append({ type: 'check-completed', for: 'validation', group, ...result });
  });
  const bad = planned.flatMap(({ group, check }, i) =>
    results[i]?.verdict === 'passed'
      ? []
      : [`${group} ${check.id} ${results[i]?.verdict ?? 'not measured'} (${results[i]?.summary ?? 'no answer'})`],
  );
  if (bad.length === 0) return healthy(run, watch);
  run.deviation('validation-failed', 'major', `${bad.join(', ')}; roll back`);
  throw new Stopped({ kind: 'validation-failed', summary: `validation did not pass: ${bad.join(', ')}` });
}

/** What passed counts only while the service is well: the latest sample of each health check is good. */
function healthy(run: DeploymentRun, watch: WatchReport | null): void {
  const bad = badIn(run.plan.health, watch ?? {}, new Date().toISOString());
  if (bad) run.monitor.breached(bad);
  run.throwIfStopped();
}
