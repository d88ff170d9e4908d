import { findPerson } from '../policy/find-person.ts';
import type { Plan } from './plan.ts';

/** The person for whom a robot has requested a plan, as its policy knows them; null: it was for nobody. */
export function onBehalfOf({ change, policy }: Plan): Plan['requester'] | null {
  if (change.onBehalfOf === null) return null;
  const { subject, name } = findPerson(policy.people, change.onBehalfOf) ?? {
    subject: change.onBehalfOf,
    name: change.onBehalfOf,
  };
  return { subject, name };
}
