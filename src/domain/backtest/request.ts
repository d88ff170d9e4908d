import { GantryError } from '../base/errors.ts';
import { limitFaults, requirementFaults } from '../planning/plan-rules.ts';
import { checkRehearsal } from '../planning/rehearsal-rules.ts';
import { findPerson, findRobot } from '../policy/find-person.ts';
import { servesService } from '../policy/roles.ts';
import type { Past, Refusal } from './evaluation.ts';

/** What a request would have been answered at once: who asks, for which service, by which procedure. */
export function requestRefusals(past: Past): readonly Refusal[] {
  return [...requesterRefusals(past), ...serviceRefusals(past), ...planRefusals(past), ...rehearsalRefusals(past)];
}

function requesterRefusals({ policy, plan }: Past): readonly Refusal[] {
  const { requester, change } = plan;
  const robot = findRobot(policy.robots, requester.subject);
  const isAllowed = findPerson(policy.people, requester.subject) !== undefined || robot?.may.includes('request');
  const authors = policy.unknownAuthors === 'accept' ? [] : change.authors;
  const unknown = [...authors, ...(change.onBehalfOf === null ? [] : [change.onBehalfOf])].filter(
    (name) => !findPerson(policy.people, name),
  );
  return [
    ...(isAllowed
      ? []
      : [{ rule: robot ? '/robots' : '/people', why: `${requester.name} (${requester.subject}) may not request` }]),
    ...[...new Set(unknown)].map((name) => ({ rule: '/people', why: `${name} wrote or wanted it and is unknown` })),
  ];
}

/** What the policy says of the service itself. */
function serviceRefusals({ policy, plan }: Past): readonly Refusal[] {
  const { service, requester, change, procedure } = plan;
  const { requesters, procedures } = Object.hasOwn(policy.services, service) ? (policy.services[service] ?? {}) : {};
  const robot = findRobot(policy.robots, requester.subject);
  // Whoever lets a robot ask asks themself.
  const asking = findPerson(policy.people, robot ? (change.onBehalfOf ?? '') : requester.subject);
  const mayAsk = requesters?.some((name) => findPerson(policy.people, name)?.subject === asking?.subject) ?? true;
  const isKnown = procedures?.includes(procedure.name) !== false && !(procedures && procedure.inline);
  return [
    ...(robot && !servesService(robot, service)
      ? [{ rule: '/robots', why: `${robot.name} may not request for ${service}` }]
      : []),
    ...(mayAsk
      ? []
      : [{ rule: `/services/${service}/requesters`, why: `${requester.name} may not request for ${service}` }]),
    ...(isKnown
      ? []
      : [{ rule: `/services/${service}/procedures`, why: `${procedure.name} is none of the service's procedures` }]),
  ];
}

function planRefusals({ rules, root, plan }: Past): readonly Refusal[] {
  const inline = plan.procedure.inline && !rules.procedures.inline;
  const { name, digest } = plan.procedure;
  const isTaken = rules.procedures.allow?.some((one) => one === digest || (!plan.procedure.inline && one === name));
  const hasDigest = (value: unknown) => JSON.stringify(value).includes(plan.artifact.digest);
  const actions = plan.steps.flatMap((step) => (step.kind === 'action' ? [step] : []));
  const isBound =
    hasDigest(actions.map((step) => step.do)) &&
    hasDigest([plan.health, plan.validation, actions.map(({ done, verify }) => [done, verify])]);
  return [
    ...(inline ? [{ rule: `${root}/procedures/inline`, why: 'its procedure was sent as a document' }] : []),
    ...(isTaken === false
      ? [{ rule: `${root}/procedures/allow`, why: `${name} is none of the procedures that are taken there` }]
      : []),
    ...requirementFaults(plan, rules).map(({ pointer, detail }) => ({
      rule: `${root}/${pointer.includes('/monitoring') ? 'monitoring/minimum' : 'require'}`,
      why: `${detail} (its procedure: ${pointer})`,
    })),
    ...limitFaults(plan, rules.limits).map(({ pointer, detail }) => ({
      rule: `${root}/limits`,
      why: `${detail} (its procedure: ${pointer})`,
    })),
    ...(rules.require.artifactReadBack && !isBound
      ? [
          {
            rule: `${root}/require/artifactReadBack`,
            why: 'its procedure did not give the artifact digest to an action and read it back',
          },
        ]
      : []),
  ];
}

/** A rehearsal is asked for where some environment is rehearsed. */
function rehearsalRefusals({ policy, plan }: Past): readonly Refusal[] {
  try {
    checkRehearsal(plan, policy.environments);
    return [];
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    return error.issues.map(({ detail }) => ({ rule: '/environments', why: detail }));
  }
}
