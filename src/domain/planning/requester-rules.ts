import { type ErrorIssue, GantryError } from '../base/errors.ts';
import { refuse } from '../base/refuse.ts';
import type { Subject } from '../base/subject.ts';
import { findPerson } from '../policy/find-person.ts';
import type { Policy } from '../policy/policy.ts';
import { findRobot, servesService } from '../policy/robots.ts';
import type { PlanningInput } from './input.ts';
import type { DeploymentRequest } from './request.ts';

/** Whether the requester is a person of the policy, or a robot that may request. */
export function mayRequest({ people, robots }: Policy, { subject }: Subject): boolean {
  return findPerson(people, subject) !== undefined || findRobot(robots, subject)?.may.includes('request') === true;
}

/** The policy's rules of one service, applied to a request: who may request for it, and by which procedures it is deployed. */
export function serviceRules(policy: Policy, service: string, { subject }: Subject, onBehalfOf: string | null) {
  const { requesters, procedures } = Object.hasOwn(policy.services, service) ? (policy.services[service] ?? {}) : {};
  const robot = findRobot(policy.robots, subject);
  // The person on whose behalf a robot requests is the one who requests.
  const person = findPerson(policy.people, robot ? (onBehalfOf ?? '') : subject);
  return {
    robot,
    person,
    procedures,
    isRobotOfService: !robot || servesService(robot, service),
    mayAsk: requesters?.some((name) => findPerson(policy.people, name)?.subject === person?.subject) ?? true,
    /** Whether the service is deployed by a procedure of this name; null: by a document, which could bear any name. */
    takes: (procedure: string | null) => !procedures || (procedure !== null && procedures.includes(procedure)),
  };
}

/** Requester, the one on whose behalf, and authors must be people (or a robot that may request). */
export function checkPeople({ request, requester, policy }: PlanningInput): void {
  const { change } = request;
  if (!mayRequest(policy, requester))
    throw new GantryError('forbidden', `${requester.subject} may not request deployments.`);
  if (findRobot(policy.robots, requester.subject)) checkNamesPeople(change);
  const unknown = [
    ...(change.onBehalfOf === undefined ? [] : [{ who: change.onBehalfOf, pointer: '/change/onBehalfOf' }]),
    ...(change.authors ?? []).map((who, i) => ({ who, pointer: `/change/authors/${i}` })),
  ]
    .filter(({ who }) => !findPerson(policy.people, who))
    .filter(({ pointer }) => pointer === '/change/onBehalfOf' || policy.unknownAuthors === 'refuse');
  if (unknown.length > 0)
    refuse(
      unknown.map(({ who, pointer }) => ({
        pointer,
        code: 'invalid-parameter',
        detail: `the policy knows no person ${JSON.stringify(who)}, so nobody could tell whether they approve their own work`,
      })),
    );
}

/** A robot wrote nothing itself: without authors, those who wrote it could approve their own work. */
function checkNamesPeople({ onBehalfOf, authors = [] }: DeploymentRequest['change']): void {
  const issue = (pointer: string, detail: string): ErrorIssue => ({ pointer, code: 'malformed', detail });
  const issues = [
    ...(onBehalfOf === undefined
      ? [issue('/change/onBehalfOf', 'a robot names the person on whose behalf it requests')]
      : []),
    ...(authors.length === 0 ? [issue('/change/authors', 'a robot names the people who wrote the artifact')] : []),
  ];
  if (issues.length > 0) refuse(issues);
}

/** Refuses a request that the policy's own rules of its service do not take. */
export function checkService({ request, requester, policy }: PlanningInput): void {
  const { service, change, procedure } = request;
  const own = serviceRules(policy, service, requester, change.onBehalfOf ?? null);
  if (!own.isRobotOfService)
    throw new GantryError('forbidden', `${own.robot?.subject} may not request for ${service}.`, {
      pointer: '/service',
    });
  if (!own.mayAsk)
    throw new GantryError('forbidden', `${own.person?.subject} may not request for ${service}.`, {
      pointer: own.robot ? '/change/onBehalfOf' : '/service',
    });
  if (!own.takes(typeof procedure === 'string' ? procedure : null))
    throw new GantryError('policy-not-met', `The policy deploys ${service} by ${own.procedures?.join(' or ')} only.`, {
      pointer: '/procedure',
    });
}
