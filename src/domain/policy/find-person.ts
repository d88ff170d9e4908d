import type { Person, Robot } from './policy.ts';

/** Names of systems that do not tell them apart by case: accounts of GitHub and GitLab, and addresses of mail. */
const withoutCase = /^(?:(?:github|gitlab):.*|[^\s:@]+@[^\s:@]+)$/is;

/** A name in the form in which it is compared: two that name the same account are the same. */
export function comparedName(name: string): string {
  return withoutCase.test(name) ? name.toLowerCase() : name;
}

/** A person by subject or alias. */
export function findPerson(people: readonly Person[], name: string): Person | undefined {
  const wanted = comparedName(name);
  return people.find(({ subject, aliases }) => [subject, ...aliases].some((one) => comparedName(one) === wanted));
}

/** A robot by its only name. */
export function findRobot<One extends Pick<Robot, 'subject'>>(robots: readonly One[], name: string): One | undefined {
  const wanted = comparedName(name);
  return robots.find(({ subject }) => comparedName(subject) === wanted);
}
