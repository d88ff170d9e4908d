import { findPerson } from './find-person.ts';
import type { Person } from './people-schema.ts';
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
