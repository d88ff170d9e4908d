import { parseTarget } from '../base/ids.ts';
import type { Plan } from '../plan/plan.ts';
import { findPerson } from '../policy/find-person.ts';
import type { Policy } from '../policy/policy.ts';
import type { Filled } from '../policy/quorum.ts';
import { peopleOfService } from '../policy/roles-for-service.ts';
import type { Approval } from './state.ts';

/** Subjects that the policy no longer has (null), or has without these roles. */
export type Removed = Readonly<Record<string, readonly string[] | null>>;

/** Approvals whose person or role is no longer in the policy. */
export function lapsedBy(approvals: readonly Approval[], removed: Removed): readonly Approval[] {
  return approvals.filter(({ by, role }) => {
    const lost = Object.hasOwn(removed, by.subject) ? removed[by.subject] : undefined;
    return lost === null || lost?.includes(role) === true;
  });
}

/** The first of these approvers of a target `service/environment` whom a policy does not know in their role any more. */
export function lostApprover(policy: Policy, target: string, approvers: readonly Filled[]) {
  const people = peopleOfService(policy, parseTarget(target).service);
  return approvers.find(({ subject, role }) => !findPerson(people, subject)?.roles.includes(role));
}

/** Why an approval is gone: the same for the monitor and for the guard of the next action. */
export const lostWords = ({ subject, role }: Filled) =>
  `${subject} approved as ${role}, which the policy no longer says of them`;

/** Who has been removed from the policy since the plan was frozen (null), or which of their roles for its service. */
export function removedSince(plan: Plan, policy: Policy): Removed {
  const people = peopleOfService(policy, plan.service);
  const removed = plan.policy.people.flatMap(({ subject, roles }): [string, readonly string[] | null][] => {
    const person = findPerson(people, subject);
    if (!person) return [[subject, null]];
    const lost = roles.filter((role) => !person.roles.includes(role));
    return lost.length === 0 ? [] : [[subject, lost]];
  });
  return Object.fromEntries(removed);
}
