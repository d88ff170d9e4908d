import type { Rule } from '../approvals.ts';
import type { Person } from './policy.ts';

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
