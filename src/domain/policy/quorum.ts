import type { Emergency } from './emergency.ts';
import type { Person } from './people.ts';

/** Somebody who fills a rule, and the role that they fill it by. */
export interface Filled {
  readonly subject: string;
  readonly role: string;
}

/** A rule with those who could fill it. */
export interface Fillable extends Rule {
  readonly who: readonly Person[];
}

/** Who could fill each rule: whoever has the role and is not excluded (by subject). */
export function fillable(
  rules: readonly Rule[],
  people: readonly Person[],
  excluded: ReadonlySet<string>,
): readonly Fillable[] {
  return rules.map((rule) => ({
    ...rule,
    who: people.filter(({ subject, roles }) => roles.includes(rule.role) && !excluded.has(subject)),
  }));
}

/**
 * What would still be missing if everybody approved who could. One person fills one rule, so that two people with two
 * roles each may do for both or for neither: places are given to people by augmenting paths.
 */
export function shortOf(rules: readonly Fillable[]): readonly Rule[] {
  const places = rules.flatMap((rule, index) => Array.from({ length: rule.minimum }, () => ({ ...rule, index })));
  const placeOf = new Map<string, number>();
  const seat = (place: number, asked: Set<string>): boolean =>
    (places[place]?.who ?? []).some(({ subject }) => {
      if (asked.has(subject)) return false;
      asked.add(subject);
      const taken = placeOf.get(subject);
      if (taken !== undefined && !seat(taken, asked)) return false;
      placeOf.set(subject, place);
      return true;
    });
  const empty = places.filter((_, place) => !seat(place, new Set()));
  return rules.flatMap(({ role }, i) => {
    const minimum = empty.filter(({ index }) => index === i).length;
    return minimum === 0 ? [] : [{ role, minimum }];
  });
}
export interface Rule {
  readonly role: string;
  readonly minimum: number;
}

/**
 * Who fills which rule, one seat for one person; null where some seat stays empty or somebody fits none. Whoever is not
 * needed for a seat stands beside the others under a role of theirs: the approval is everybody's who gave it.
 */
export function fillRules(
  rules: readonly Rule[],
  people: readonly Pick<Person, 'subject' | 'roles'>[],
): readonly Filled[] | null {
  const seats = rules.flatMap(({ role, minimum }) => Array.from({ length: minimum }, () => role));
  const holder = new Map<number, number>();
  const seat = (person: number, tried: Set<number>): boolean =>
    seats.some((role, i) => {
      if (tried.has(i) || people[person]?.roles.includes(role) !== true) return false;
      tried.add(i);
      const before = holder.get(i);
      if (before !== undefined && !seat(before, tried)) return false;
      holder.set(i, person);
      return true;
    });
  for (const person of people.keys()) seat(person, new Set());
  if (holder.size < seats.length) return null;
  const roleOf = new Map([...holder].map(([i, person]) => [person, seats[i]]));
  const filled = people.flatMap(({ subject, roles }, i) => {
    const role = roleOf.get(i) ?? rules.find((rule) => roles.includes(rule.role))?.role;
    return role === undefined ? [] : [{ subject, role }];
  });
  return filled.length === people.length ? filled : null;
}

/** Who approves an emergency: its own role beside everybody else, or alone where the quorum is waived. */
export function emergencyRules(
  rules: readonly Rule[],
  { role, waives }: Pick<Emergency, 'role' | 'waives'>,
): readonly Rule[] {
  const own = { role, minimum: 1 };
  if (waives.includes('quorum')) return [own];
  return rules.some((rule) => rule.role === role) ? rules : [...rules, own];
}
