import type { Person } from './policy.ts';

/** A person by subject or alias. */
export function findPerson(people: readonly Person[], name: string): Person | undefined {
  return people.find((person) => person.subject === name || person.aliases.includes(name));
}
