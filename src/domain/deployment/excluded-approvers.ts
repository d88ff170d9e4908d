import type { Plan } from '../plan/plan.ts';
import { findPerson } from '../policy/find-person.ts';
import type { Person } from '../policy/people-schema.ts';

/** Subjects that may not approve this plan: requester, the one on whose behalf, and the artifact's authors. */
export function excludedFrom(plan: {
  readonly requester: Pick<Plan['requester'], 'subject'>;
  readonly change: Pick<Plan['change'], 'authors' | 'onBehalfOf'>;
  readonly policy: {
    readonly people: readonly Person[];
    readonly approvals: Pick<Plan['policy']['approvals'], 'exclude'>;
  };
}): ReadonlySet<string> {
  const { change, requester, policy } = plan;
  const requesters = [requester.subject, ...(change.onBehalfOf === null ? [] : [change.onBehalfOf])];
  const named = [
    ...(policy.approvals.exclude.includes('requester') ? requesters : []),
    ...(policy.approvals.exclude.includes('authors') ? change.authors : []),
  ];
  return new Set(named.flatMap((name) => [name, findPerson(policy.people, name)?.subject ?? name]));
}
