import { excludedFrom } from '../deployment/excluded-approvers.ts';
import type { Plan } from '../plan/plan.ts';
import { isEmergency } from '../plan/waivers.ts';
import { standingEndMs } from '../policy/standing-approvals.ts';
import { excludedFromReview } from '../target/reviews.ts';
import type { Case } from './source.ts';

// Conditions of the statement of completion that only some types of change have.

/** A fault, unless a condition holds. */
export const unless = (holds: boolean, otherwise: string): readonly string[] => (holds ? [] : [otherwise]);

/** Whether a person of the plan has a role, by their subject. */
export const hasRole = ({ policy }: Plan, subject: string, role: string): boolean =>
  policy.people.some((person) => person.subject === subject && person.roles.includes(role));

/** A standing approval is evaluated like any other, and besides by what it is of and how long it stood. */
export function standingFaults({ plan, journal }: Case): readonly string[] {
  const { standing } = plan.policy;
  if (!standing) return [];
  const excluded = excludedFrom(plan);
  const begun = journal.find(({ type }) => type === 'step-started');
  return [
    ...unless(
      plan.change.type === 'standard' && standing.digest === plan.procedure.digest,
      'the standing approval is of another procedure',
    ),
    ...unless(
      begun !== undefined && Date.parse(begun.at) < standingEndMs(standing),
      'the standing approval had ended before the first change',
    ),
    ...standing.approvedBy.flatMap(({ subject, role }) => [
      ...unless(!excluded.has(subject), `standing approval by ${subject}, who asked for or wrote the change`),
      ...unless(hasRole(plan, subject, role), `standing approval by ${subject}, who is no ${role}`),
    ]),
  ];
}

/** An emergency is complete once another person has reviewed it. */
export function reviewFaults({ plan, journal, review }: Case): readonly string[] {
  if (!isEmergency(plan)) return [];
  if (!review) return ['no review opened'];
  if (!review.closed) return [`review due ${review.dueAt} is open`];
  const { by } = review.closed;
  return [
    ...unless(
      !excludedFromReview(plan, journal).has(by.subject),
      `review by ${by.subject}, who asked for, wrote or approved the change`,
    ),
    ...unless(
      by.identity === 'verified' || plan.policy.messages.unsigned === 'accept',
      `review by ${by.subject} not verified`,
    ),
  ];
}
