import { comparedName, findPerson } from './find-person.ts';
import type { Person } from './people-schema.ts';
import type { Robot } from './robots-schema.ts';

/** A robot by its only name. */
export function findRobot<One extends Pick<Robot, 'subject'>>(robots: readonly One[], name: string): One | undefined {
  const wanted = comparedName(name);
  return robots.find(({ subject }) => comparedName(subject) === wanted);
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
