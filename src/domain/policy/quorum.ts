import type { Person } from './people-schema.ts';

/** So many different people with a role. */
export interface Rule {
  readonly role: string;
  readonly minimum: number;
}

/** Somebody who fills a rule, and the role that they fill it by. */
export interface Filled {
  readonly subject: string;
  readonly role: string;
}

/** A rule with those who could fill it. */
export interface Fillable extends Rule {
  readonly who: readonly Person[];
}

/** What is still missing of rules. One approval fills one rule for one person: somebody counts once in each, however often they gave it. */
export function missingOf(rules: readonly Rule[], given: readonly Filled[]): readonly Rule[] {
  return rules.flatMap(({ role, minimum }) => {
    const people = new Set(given.filter((one) => one.role === role).map(({ subject }) => subject));
    return people.size < minimum ? [{ role, minimum: minimum - people.size }] : [];
  });
}

/** Who could fill each rule: everybody who has the role and is not excluded (by subject). */
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
  const places = rules.flatMap(({ minimum, who }, index) => Array.from({ length: minimum }, () => ({ index, who })));
  const seated = new Set(matched(places, ({ who }) => who.map(({ subject }) => subject)).values());
  const empty = places.filter((place) => !seated.has(place));
  return rules.flatMap(({ role }, i) => {
    const minimum = empty.filter(({ index }) => index === i).length;
    return minimum === 0 ? [] : [{ role, minimum }];
  });
}

/**
 * Who fills which rule, one seat for one person; null where some seat stays empty or a person fits none. A person who is not
 * needed for a seat stands beside the others under a role of theirs: the approval is everybody's who gave it.
 */
export function fillRules(
  rules: readonly Rule[],
  people: readonly Pick<Person, 'subject' | 'roles'>[],
): readonly Filled[] | null {
  const seats = rules.flatMap(({ role, minimum }) => Array.from({ length: minimum }, () => role));
  const holder = matched([...people.keys()], (person) =>
    [...seats.keys()].filter((seat) => people[person]?.roles.includes(seats[seat] ?? '')),
  );
  if (holder.size < seats.length) return null;
  const roleOf = new Map([...holder].map(([i, person]) => [person, seats[i]]));
  const filled = people.flatMap(({ subject, roles }, i) => {
    const role = roleOf.get(i) ?? rules.find((rule) => roles.includes(rule.role))?.role;
    return role === undefined ? [] : [{ subject, role }];
  });
  return filled.length === people.length ? filled : null;
}

/** As many as possible of those who take one of several things each, by what they got: augmenting paths, in their order. */
function matched<Taker, Thing>(
  takers: readonly Taker[],
  fitting: (taker: Taker) => readonly Thing[],
): Map<Thing, Taker> {
  const holder = new Map<Thing, Taker>();
  const give = (taker: Taker, tried: Set<Thing>): boolean =>
    fitting(taker).some((thing) => {
      if (tried.has(thing)) return false;
      tried.add(thing);
      const before = holder.get(thing);
      if (before !== undefined && !give(before, tried)) return false;
      holder.set(thing, taker);
      return true;
    });
  for (const taker of takers) give(taker, new Set());
  return holder;
}
