import { formatDuration } from '../base/duration.ts';
import type { ErrorIssue } from '../base/errors.ts';
import type { Plan } from '../plan/plan.ts';
import type { EnvironmentRules } from '../policy/policy.ts';
import { artifactFaults } from './artifact-bound.ts';
import type { ProcedureDocument } from './procedure.ts';

/** Requirements of an environment (`require`, and the least monitoring period) that the plan alone does not meet. */
export function requirementFaults(plan: Plan, rules: EnvironmentRules): readonly ErrorIssue[] {
  const issues: ErrorIssue[] = [];
  const fault = (pointer: string, detail: string) =>
    issues.push({ code: 'policy-not-met', pointer: `/procedure${pointer}`, detail });
  for (const group of rules.require.validation)
    if (plan.validation[group].kind === 'none') fault(`/validation/${group}`, `the policy requires checks in ${group}`);
  if (rules.require.availability && !plan.health.some(({ traits }) => traits?.includes('availability')))
    fault('/health', 'the policy requires an availability check');
  if (plan.monitoring.periodMs < rules.monitoring.minimum)
    fault('/monitoring/period', `the policy requires at least ${formatDuration(rules.monitoring.minimum)}`);
  return issues;
}

/** What its requirement `artifactReadBack` finds in a procedure: the digest handed to an action, and read back by a check. */
export function readBackFaults(procedure: ProcedureDocument, { require }: EnvironmentRules): readonly ErrorIssue[] {
  return require.artifactReadBack ? artifactFaults(procedure) : [];
}
