import type { ErrorCode } from '../base/error-codes.ts';
import type { ErrorIssue } from '../base/errors.ts';
import { refuse } from '../base/refuse.ts';
import { excludedFrom } from '../deployment/excluded-approvers.ts';
import { fits } from '../journal/fit-entry.ts';
import { largestGrant } from '../journal/largest-grant.ts';
import type { Plan } from '../plan/plan.ts';
import type { EnvironmentRules } from '../policy/policy.ts';
import { fillable, type Rule, shortOf } from '../policy/quorum.ts';
import { limitFaults } from './limit-rules.ts';
import { readBackFaults, requirementFaults } from './policy-requirements.ts';
import type { ProcedureDocument } from './procedure.ts';
import { programFaults } from './programs.ts';

/** Holds a plan to the requirements of its policy, and to the limits of its size and times. Throws `policy-not-met`, `artifact-unbound`, `limit-exceeded`, `invalid-procedure`. */
export function checkPlanRules(
  plan: Plan,
  procedure: ProcedureDocument,
  rules: EnvironmentRules,
  notExecutable: readonly string[],
): void {
  const issues: ErrorIssue[] = [
    ...requirementFaults(plan, rules),
    ...peopleFaults(plan),
    ...readBackFaults(procedure, rules),
  ];
  const fault = (code: ErrorCode, pointer: string, detail: string) =>
    issues.push({ code, pointer: `/procedure${pointer}`, detail });

  for (const [detail, [first, ...others]] of programFaults(plan, notExecutable))
    if (first !== undefined)
      fault(
        'invalid-procedure',
        first,
        others.length === 0 ? detail : `${detail} (here and ${others.length} times more)`,
      );

  if (!fits(largestGrant(plan)))
    fault('limit-exceeded', '/slots', 'the keys of both slots do not fit into one entry of the journal: write less');

  issues.push(...limitFaults(plan, rules.limits));
  if (issues.length > 0) refuse(issues);
}

/**
 * Gates and manual steps that no person of the plan could pass, and a handoff that no one could take: after waiting in vain
 * the deployment would roll back, with production changed meanwhile.
 */
function peopleFaults(plan: Plan): readonly ErrorIssue[] {
  const { people } = plan.policy;
  const issues: ErrorIssue[] = [];
  const none: ReadonlySet<string> = new Set();
  const fault = (pointer: string, rule: Rule, excluded: ReadonlySet<string>) => {
    const [missing] = shortOf(fillable([rule], people, excluded));
    if (!missing) return;
    const held = people.filter(({ roles }) => roles.includes(rule.role)).length;
    const why =
      held === 0
        ? `nobody has the role ${rule.role} for ${plan.service}`
        : `it takes ${rule.minimum} with the role ${rule.role}, and ${held} have it, those who requested or wrote this change among them`;
    issues.push({ code: 'policy-not-met', pointer: `/procedure${pointer}`, detail: `nobody could pass it: ${why}` });
  };
  plan.steps.forEach((step, i) => {
    if (step.kind === 'gate') fault(`/steps/${i}/gate`, step, excludedFrom(plan));
    if (step.kind === 'manual') fault(`/steps/${i}/manual/role`, { role: step.role, minimum: 1 }, none);
  });
  const { handoff } = plan.monitoring;
  if (handoff) fault('/monitoring/handoff/role', { role: handoff.role, minimum: 1 }, none);
  return issues;
}
