import type { Subject } from '../base/subject.ts';
import { findPerson, findRobot } from '../policy/find-person.ts';
import type { Policy } from '../policy/policy.ts';
import { servesService } from '../policy/roles.ts';

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
