import type { TargetName } from '../base/ids.ts';
import { findPerson } from './find-person.ts';
import { type Person } from './people.ts';
import { operatorRoles, type Policy, rulesFor } from './policy.ts';
import { peopleOfService } from './roles.ts';

/** Who operates a target. */
export interface Operators {
  /** One of them is asked for; none in an environment that the policy does not know. */
  readonly roles: readonly string[];
  /** The person with that subject or alias, where they have such a role for this service; else null. */
  readonly person: Person | null;
}

/** Whether a person may adopt, resolve or review at a target, by the policy as it is now. */
export function operatorsOf(
  policy: Pick<Policy, 'people' | 'services' | 'environments'>,
  target: TargetName,
  subject: string,
): Operators {
  const rules = rulesFor(policy, target);
  const roles = rules ? operatorRoles(rules) : [];
  const person = findPerson(peopleOfService(policy, target.service), subject);
  return { roles, person: person?.roles.some((role) => roles.includes(role)) ? person : null };
}
