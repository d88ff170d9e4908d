import { type Policy, rulesFor } from '../policy/policy.ts';
import { peopleOfService } from '../policy/roles-for-service.ts';
import { standingEndMs } from '../policy/standing-approvals.ts';
import type { Plan } from './plan.ts';

/** Why a standing approval counts no more. */
export interface StandingFault {
  readonly kind: 'expired' | 'rejected';
  readonly summary: string;
}

/** Whether the standing approval of a plan still stands by the policy as it is now; `now` in milliseconds. */
export function standingFault(
  { service, environment, procedure, policy: { standing } }: Plan,
  policy: Policy,
  now: number,
): StandingFault | null {
  if (!standing) return null;
  const { environments } = policy;
  const people = peopleOfService(policy, service);
  const what = `the standing approval of ${procedure.name} for ${service}`;
  const lost = (why: string): StandingFault => ({ kind: 'rejected', summary: `${what}: ${why}` });
  if (now >= standingEndMs(standing)) return { kind: 'expired', summary: `${what} ended with ${standing.until}` };
  for (const { subject, role } of standing.approvedBy) {
    const person = people.find((one) => one.subject === subject);
    if (!person) return lost(`${subject} approved as ${role} and is no longer in the policy`);
    if (!person.roles.includes(role)) return lost(`${subject} approved as ${role} and no longer has that role`);
  }
  const rules = rulesFor({ environments }, { environment });
  const still = (rules?.standard ?? []).filter(
    (one) => one.service === service && one.procedure === procedure.name && one.digest === standing.digest,
  );
  const same = still.filter(({ approvedBy }) =>
    standing.approvedBy.every(({ subject }) => approvedBy.includes(subject)),
  );
  if (same.length === 0) return lost('the policy no longer has it');
  return same.some((one) => now < standingEndMs(one)) ? null : lost('the policy has ended it');
}
