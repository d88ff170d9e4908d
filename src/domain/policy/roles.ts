import { findPerson, findRobot } from './find-person.ts';
import type { Person, Robot } from './people.ts';
import type { Policy } from './policy.ts';

/** The role that a service's own rules give: an owner is one of this service, not of any. */
export const ownerRole = 'service-owner';

/**
 * The people of the policy with the roles that they have for one service. Where the policy names the service,
 * `service-owner` belongs to exactly its owners; elsewhere roles are as written.
 */
export function peopleOfService(
  { people, services }: Pick<Policy, 'people' | 'services'>,
  service: string,
): readonly Person[] {
  const rules = Object.hasOwn(services, service) ? services[service] : undefined;
  if (!rules) return people;
  const owners = new Set(rules.owners.map((name) => findPerson(people, name)?.subject));
  return people.map((person) => {
    const others = person.roles.filter((role) => role !== ownerRole);
    return { ...person, roles: owners.has(person.subject) ? [...others, ownerRole] : others };
  });
}

/** Whether a robot may act for a service: without `services` for every one. */
export function servesService({ services }: Pick<Robot, 'services'>, service: string): boolean {
  return services === undefined || services.includes(service);
}

/**
 * Whether evidence that somebody submitted may count for a service: a person's does, a robot's where it may submit
 * evidence for that service. Nothing counts of a subject whom the policy does not know (any more).
 */
export function mayVouchFor(
  { people, robots }: { readonly people: readonly Person[]; readonly robots: readonly Robot[] },
  submittedBy: string,
  service: string,
): boolean {
  if (findPerson(people, submittedBy)) return true;
  const robot = findRobot(robots, submittedBy);
  return robot !== undefined && robot.may.includes('submit-evidence') && servesService(robot, service);
}
