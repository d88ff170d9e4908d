import { emergencyRules } from '../emergency.ts';
import { findPerson } from '../find-person.ts';
import { operatorRoles } from '../operators.ts';
import { type Person } from '../people-schema.ts';
import type { EnvironmentRules, Policy } from '../policy.ts';
import { fillable, shortOf } from '../quorum.ts';
import { peopleOfService } from '../roles-for-service.ts';
import { standingGaps } from '../standing-approvals.ts';
import { sentencesByService } from './by-service.ts';

/** What an environment's rules allow and still may surprise. */
export function warningsOf(policy: Policy, rules: EnvironmentRules): readonly string[] {
  return [
    ...sentencesByService(policy, (people) => approvalWarnings(people, rules)),
    ...emergencyWarnings(rules),
    ...sentencesByService(policy, (people) => reviewWarnings(people, rules)),
    ...standingWarnings(policy, rules),
    ...trustWarnings(rules),
    ...silenceWarnings(rules),
    ...openAddressWarnings(rules),
    ...pageWarnings(rules),
  ];
}

/** What can never be approved, by people with the roles that they have for one service. */
function approvalWarnings(people: readonly Person[], { approvals }: EnvironmentRules): readonly string[] {
  const without = (excluded: readonly string[]) => {
    const short = shortOf(fillable(approvals.rules, people, new Set(excluded)));
    return short.map(({ role, minimum }) => `${minimum} ${role}`).join(', ');
  };
  const missing = without([]);
  if (missing !== '') return [`nothing can ever be approved: ${missing} too few people, and one person fills one rule`];
  // Requester and authors never approve: without this one person there must still be enough.
  return people.flatMap(({ subject, name }) => {
    const short = without([subject]);
    return short === '' ? [] : [`what ${name} requests or writes can never be approved: ${short} too few without them`];
  });
}

function emergencyWarnings({ emergency, approvals }: EnvironmentRules): readonly string[] {
  if (!emergency?.waives.includes('quorum') || !approvals.rules.some(({ role }) => role === emergency.role)) return [];
  return [
    `one ${emergency.role} alone approves an emergency: its role is one of the approval roles, and quorum is waived`,
  ];
}

/** A person who requested, wrote or approved an emergency does not review it: an operator must be left who had no part in it. */
function reviewWarnings(people: readonly Person[], rules: EnvironmentRules): readonly string[] {
  const { emergency, approvals } = rules;
  if (!emergency) return [];
  const needed = emergencyRules(approvals.rules, emergency);
  const isApprovedWithout = (...without: readonly string[]) =>
    shortOf(fillable(needed, people, new Set(without))).length === 0;
  // What is never approved leaves no review behind.
  if (!isApprovedWithout()) return [];
  const reviewers = people.filter(
    ({ subject, roles }) => operatorRoles(rules).some((role) => roles.includes(role)) && isApprovedWithout(subject),
  );
  if (reviewers.length === 0) return ['no emergency can ever be reviewed: its approval takes every operator'];
  return people.flatMap(({ subject, name, roles }) => {
    const others = reviewers.filter((reviewer) => reviewer.subject !== subject);
    const isApprover = needed.some(({ role }) => roles.includes(role));
    const isStuckOnRequest =
      isApprovedWithout(subject) && !others.some((other) => isApprovedWithout(subject, other.subject));
    return [
      ...(isApprover && others.length === 0 ? ['approves'] : []),
      ...(isStuckOnRequest ? ['requests or writes'] : []),
    ].map(
      (does) => `emergencies that ${name} ${does} can never be reviewed: no operator is left who had no part in them`,
    );
  });
}

function standingWarnings(policy: Policy, { standard = [], approvals }: EnvironmentRules): readonly string[] {
  return standard.flatMap((entry) => {
    const people = peopleOfService(policy, entry.service);
    const { uncounted, isFilled } = standingGaps(entry, approvals.rules, people);
    const what = `the standing approval of ${entry.procedure} for ${entry.service}`;
    return [
      ...uncounted.map((who) => {
        const person = findPerson(people, who);
        const why = person ? 'who has none of the approval roles for it' : 'who is no person of the policy';
        return `${what} names ${person?.name ?? who}, ${why}: that counts for nothing`;
      }),
      ...(isFilled ? [] : [`${what} approves nothing: those whose approval counts do not fill the approval rules`]),
    ];
  });
}

/** A deployment that waits for people who are not notified is rolled back by its limit. */
function silenceWarnings({ stakeholders }: EnvironmentRules): readonly string[] {
  if (stakeholders.some(({ on }) => on.includes('wanted'))) return [];
  const approvals = stakeholders.some(({ on }) => on.includes('approval-wanted'));
  const what = approvals
    ? 'readiness, a manual step, a handoff or a resume'
    : 'approval, readiness, a manual step, a handoff or a resume';
  return [`nobody is notified when ${what} is wanted: let a stakeholder be notified of wanted`];
}

/** A page that is not acknowledged goes on to the next channel, where there is one. */
function pageWarnings({ stakeholders }: EnvironmentRules): readonly string[] {
  const paged = stakeholders.filter(({ on }) => on.includes('page'));
  if (paged.some(({ channels }) => channels.length > 1)) return [];
  return [
    'a page that nobody acknowledges goes nowhere else: give a stakeholder who is notified of page a second channel',
  ];
}

function trustWarnings({ messages, evidence, procedures }: EnvironmentRules): readonly string[] {
  return [
    ...(messages.unsigned === 'accept'
      ? ['messages without a proof count: whoever reaches Temporal can speak for anybody']
      : []),
    ...(evidence.order === 'any'
      ? ['stages count in any order: one may be about what an earlier one has not shown']
      : []),
    ...(evidence.signers === undefined ? ['evidence counts unsigned: whoever may submit it is believed'] : []),
    ...(procedures.inline ? ['procedures may be sent as documents: whoever may request chooses what runs'] : []),
  ];
}

/** Everybody who knows the address of a chat may write there, and every plan shows it. */
function openAddressWarnings({ stakeholders }: EnvironmentRules): readonly string[] {
  return stakeholders.flatMap(({ name, channels }) =>
    channels
      .filter(({ kind, spec }) => ['slack', 'teams'].includes(kind) && !isReference(spec[kind]))
      .map(({ kind }) => `whoever reads a plan can write to the ${kind} of ${name}: keep its address in a secret`),
  );
}

function isReference(address: unknown): boolean {
  return typeof address === 'string' && address.startsWith('${secret:');
}
