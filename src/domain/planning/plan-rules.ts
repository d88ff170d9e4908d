import { formatDuration } from '../base/duration.ts';
import type { ErrorCode } from '../base/error-codes.ts';
import type { ErrorIssue } from '../base/errors.ts';
import type { Json, JsonObject } from '../base/json.ts';
import { refuse } from '../base/refuse.ts';
import { excludedFrom } from '../deployment/approvals.ts';
import { fits } from '../journal/fit-entry.ts';
import { largestGrant } from '../journal/largest-grant.ts';
import { executingMsOf, rollbackMsOf, stepMsOf } from '../plan/durations.ts';
import type { Plan } from '../plan/plan.ts';
import { referencesIn } from '../plan/references.ts';
import type { EnvironmentRules, Limits } from '../policy/policy.ts';
import { fillable, type Rule, shortOf } from '../policy/quorum.ts';
import type { ProcedureDocument } from './procedure.ts';
import { programFaults } from './programs.ts';

const artifactDigest = 'artifact.digest';
const isGivenDigest = (value: Json) => [...referencesIn(value)].some(({ name }) => name === artifactDigest);

/** A check reads the digest back where it compares it, or hands it to a command that does. Sending it proves nothing. */
const readsDigest = ({ json, command }: JsonObject) => isGivenDigest([json ?? null, command ?? null]);

/** Holds a plan to the requirements of its policy, and to the limits of its size and times. Throws `policy-not-met`, `artifact-unbound`, `limit-exceeded`, `invalid-procedure`. */
export function checkPlanRules(
  plan: Plan,
  procedure: ProcedureDocument,
  rules: EnvironmentRules,
  notExecutable: readonly string[],
): void {
  const issues: ErrorIssue[] = [...requirementFaults(plan, rules), ...peopleFaults(plan)];
  const fault = (code: ErrorCode, pointer: string, detail: string) =>
    issues.push({ code, pointer: `/procedure${pointer}`, detail });

  if (rules.require.artifactReadBack) {
    const { steps, validation, health } = procedure;
    const shown = `\${${artifactDigest}}`;
    if (!steps.some((step) => isGivenDigest(step.do ?? null)))
      fault('artifact-unbound', '/steps', `no action is given ${shown}, so something else might be deployed`);
    const lists = [...steps.map(({ verify }) => verify ?? []), ...Object.values(validation), health];
    const checks = [...lists.flatMap((list) => ('none' in list ? [] : list)), ...steps.map(({ done }) => done ?? {})];
    if (!checks.some(readsDigest))
      fault(
        'artifact-unbound',
        '/steps',
        `no check compares ${shown} or hands it to a command, so nobody would notice another artifact`,
      );
  }

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

/** Requirements of an environment that the plan alone does not meet. */
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
