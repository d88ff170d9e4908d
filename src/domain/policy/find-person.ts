import type { Person } from './people-schema.ts';

/** Names of systems that do not tell them apart by case: accounts of GitHub and GitLab, and addresses of mail. */
const withoutCase = /^(?:(?:github|gitlab):.*|[^\s:@]+@[^\s:@]+)$/is;

/** A name in the form in which it is compared: two that name the same account are the same. */
export function comparedName(name: string): string {
  return withoutCase.test(name) ? name.toLowerCase() : name;
}

const byName = new WeakMap<readonly Person[], ReadonlyMap<string, Person>>();

/** The first of a list with each name; made once for each list, since thousands of names may be looked up in it. */
function named(people: readonly Person[]): ReadonlyMap<string, Person> {
  const known = byName.get(people);
  if (known) return known;
  const made = new Map<string, Person>();
  for (const person of people)
    for (const name of [person.subject, ...person.aliases].map(comparedName))
      if (!made.has(name)) made.set(name, person);
  byName.set(people, made);
  return made;
}

/** A person by subject or alias. */
export function findPerson(people: readonly Person[], name: string): Person | undefined {
  return named(people).get(comparedName(name));
}
