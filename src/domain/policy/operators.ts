import type { TargetName } from '../base/ids.ts';
import { findPerson } from './find-person.ts';
import { operatorRoles, type Policy, rulesFor } from './policy.ts';
import { peopleOfService } from './roles.ts';

/**
 * Whether a person may adopt, resolve or review at a target, by the policy as it is now. `roles`: one of them is asked for;
 * none in an environment that the policy does not know. `person`: with that subject or alias, where they have such a role for
 * this service; else null.
 */
export function operatorsOf(
  policy: Pick<Policy, 'people' | 'services' | 'environments'>,
  target: TargetName,
  subject: string,
) {
  const rules = rulesFor(policy, target);
  const roles = rules ? operatorRoles(rules) : [];
  const person = findPerson(peopleOfService(policy, target.service), subject);
  return { roles, person: person?.roles.some((role) => roles.includes(role)) ? person : null };
}
