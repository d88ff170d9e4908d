import type { ErrorIssue } from '../base/errors.ts';
import { findingsOf } from '../base/refuse.ts';
import { isNamedBy } from '../planning/allowed-procedures.ts';
import { limitFaults } from '../planning/limit-rules.ts';
import { requirementFaults } from '../planning/policy-requirements.ts';
import { checkRehearsal } from '../planning/rehearsal-rules.ts';
import { mayRequest, serviceRules } from '../planning/requester-rules.ts';
import { findPerson } from '../policy/find-person.ts';
import { findRobot } from '../policy/robots.ts';
import { type Past, type Refusal, refusedUnless } from './evaluation.ts';

/** What would have refused the request at once: who requests, for which service, by which procedure. */
export function requestRefusals(past: Past): readonly Refusal[] {
  return [...requesterRefusals(past), ...serviceRefusals(past), ...planRefusals(past), ...rehearsalRefusals(past)];
}

function requesterRefusals({ policy, plan }: Past): readonly Refusal[] {
  const { requester, change } = plan;
  const robot = findRobot(policy.robots, requester.subject);
  const authors = policy.unknownAuthors === 'accept' ? [] : change.authors;
  const unknown = [...authors, ...(change.onBehalfOf === null ? [] : [change.onBehalfOf])].filter(
    (name) => !findPerson(policy.people, name),
  );
  const who = `${requester.name} (${requester.subject})`;
  return [
    ...refusedUnless(mayRequest(policy, requester), robot ? '/robots' : '/people', `${who} may not request`),
    ...[...new Set(unknown)].map((name) => ({ rule: '/people', why: `${name} wrote or wanted it and is unknown` })),
  ];
}

/** The policy's rules of the service itself. */
function serviceRefusals({ policy, plan }: Past): readonly Refusal[] {
  const { service, requester, change, procedure } = plan;
  const { robot, isRobotOfService, mayAsk, takes } = serviceRules(policy, service, requester, change.onBehalfOf);
  const own = `/services/${service}`;
  const isTaken = takes(procedure.inline ? null : procedure.name);
  return [
    ...refusedUnless(isRobotOfService, '/robots', `${robot?.name} may not request for ${service}`),
    ...refusedUnless(mayAsk, `${own}/requesters`, `${requester.name} may not request for ${service}`),
    ...refusedUnless(isTaken, `${own}/procedures`, `${procedure.name} is none of the service's procedures`),
  ];
}

function planRefusals({ rules, root, plan }: Past): readonly Refusal[] {
  const { name, inline } = plan.procedure;
  const isTaken = isNamedBy(rules.procedures, plan.procedure) !== false;
  const hasDigest = (value: unknown) => JSON.stringify(value).includes(plan.artifact.digest);
  const actions = plan.steps.flatMap((step) => (step.kind === 'action' ? [step] : []));
  const isBound =
    hasDigest(actions.map((step) => step.do)) &&
    hasDigest([plan.health, plan.validation, actions.map(({ done, verify }) => [done, verify])]);
  const broken = (rule: string, { pointer, detail }: ErrorIssue): Refusal => {
    return { rule: `${root}/${rule}`, why: `${detail} (its procedure: ${pointer})` };
  };
  return [
    ...refusedUnless(
      !inline || rules.procedures.inline,
      `${root}/procedures/inline`,
      'its procedure was sent as a document',
    ),
    ...refusedUnless(isTaken, `${root}/procedures/allow`, `${name} is none of the procedures that are taken there`),
    ...requirementFaults(plan, rules).map((fault) =>
      broken(fault.pointer.includes('/monitoring') ? 'monitoring/minimum' : 'require', fault),
    ),
    ...limitFaults(plan, rules.limits).map((fault) => broken('limits', fault)),
    ...refusedUnless(
      isBound || !rules.require.artifactReadBack,
      `${root}/require/artifactReadBack`,
      'its procedure did not give the artifact digest to an action and read it back',
    ),
  ];
}

/** A rehearsal is possible where some environment is rehearsed. */
function rehearsalRefusals({ policy, plan }: Past): readonly Refusal[] {
  return findingsOf(() => checkRehearsal(plan, policy.environments)).map(({ detail }) => {
    return { rule: '/environments', why: detail };
  });
}
