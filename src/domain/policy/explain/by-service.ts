import type { Person } from '../people-schema.ts';
import type { Policy } from '../policy.ts';
import { peopleOfService } from '../roles-for-service.ts';

/** Something that holds for some services; `of`: for which, null where it holds for all of them. */
export interface OfServices<T> {
  readonly fact: T;
  readonly of: string | null;
}

/**
 * What people are and may do, service by service: a service that the policy names has owners of its own, at all others
 * roles are as written. What is the same for several services appears once.
 */
export function byService<T>(
  policy: Pick<Policy, 'people' | 'services'>,
  say: (people: readonly Person[]) => readonly T[],
): readonly OfServices<T>[] {
  const scopes = [
    ...Object.keys(policy.services).map((service) => ({ of: service, people: peopleOfService(policy, service) })),
    { of: 'any other service', people: policy.people },
  ];
  const all = new Map<string, { readonly fact: T; readonly of: string[] }>();
  for (const { of, people } of scopes)
    for (const fact of say(people)) {
      const key = JSON.stringify(fact);
      const known = all.get(key);
      if (known) known.of.push(of);
      else all.set(key, { fact, of: [of] });
    }
  return [...all.values()].map(({ fact, of }) => ({ fact, of: of.length === scopes.length ? null : of.join(', ') }));
}

/** As `byService`, a sentence each, which begins with the services where it does not hold for all. */
export function sentencesByService(
  policy: Pick<Policy, 'people' | 'services'>,
  say: (people: readonly Person[]) => readonly string[],
): readonly string[] {
  return byService(policy, say).map(({ fact, of }) => (of === null ? fact : `${of}: ${fact}`));
}
