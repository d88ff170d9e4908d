import { formatDuration } from '../base/duration.ts';
import type { ErrorIssue } from '../base/errors.ts';
import { executingMsOf, rollbackMsOf, stepMsOf } from '../plan/durations.ts';
import type { Plan } from '../plan/plan.ts';
import type { Limits } from '../policy/limits.ts';

/** Times of a plan that are longer than limits allow. */
export function limitFaults(plan: Plan, limits: Limits): readonly ErrorIssue[] {
  const issues: ErrorIssue[] = [];
  const within = (ms: number, limit: number, pointer: string, name: string) => {
    const detail = `${formatDuration(ms)} is longer than the limit ${name}: ${formatDuration(limit)}`;
    if (ms > limit) issues.push({ code: 'limit-exceeded', pointer: `/procedure${pointer}`, detail });
  };
  plan.steps.forEach((step, i) => {
    if (step.kind === 'gate') within(step.withinMs, limits.gate, `/steps/${i}/gate/within`, 'gate');
    if (step.kind === 'manual') within(step.withinMs, limits.manual, `/steps/${i}/manual/within`, 'manual');
    if (step.kind === 'action') within(stepMsOf(step), limits.step, `/steps/${i}`, 'step');
  });
  within(executingMsOf(plan.steps), limits.executing, '/steps', 'executing');
  within(rollbackMsOf(plan), limits.executing, '/steps', 'executing');
  within(plan.monitoring.periodMs, limits.monitoring, '/monitoring/period', 'monitoring');
  return issues;
}
