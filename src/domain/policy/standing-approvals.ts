import { refuse } from '../base/refuse.ts';
import { findPerson } from './find-person.ts';
import type { Person } from './people-schema.ts';
import { type Filled, fillRules, type Rule } from './quorum.ts';
import type { StandingRule } from './standing-approvals-schema.ts';

const dayMs = 86_400_000;

/** A standing approval as a plan freezes it: who approved as what, until which day, and of which procedure digest. */
export interface Standing {
  readonly approvedBy: readonly Filled[];
  readonly until: string;
  readonly digest: string;
}

/** The first moment after a standing approval, in milliseconds: it is valid through the end of its day, UTC. */
export function standingEndMs({ until }: Pick<Standing, 'until'>): number {
  return Date.parse(`${until}T00:00:00.000Z`) + dayMs;
}

/**
 * What a standing approval lacks by the people as they are now, with their roles for its service. It makes no policy
 * unsound: a policy that is refused does not count, and people who were removed in it would stay. `uncounted`: approvers
 * whose approval counts for nothing, since the policy does not know them, or they have none of the approval roles. `isFilled`:
 * whether the others fill the approval rules together.
 */
export function standingGaps(
  { approvedBy }: Pick<StandingRule, 'approvedBy'>,
  rules: readonly Rule[],
  people: readonly Person[],
) {
  const counted = counting(approvedBy, rules, people);
  const uncounted = approvedBy.filter((who) => !findPerson(counted, who));
  return { uncounted, isFilled: fillRules(rules, counted) !== null };
}

/** Those of the approvers who are people of the policy and have one of the approval roles. */
function counting(approvedBy: readonly string[], rules: readonly Rule[], people: readonly Person[]): readonly Person[] {
  const wanted = new Set(rules.map(({ role }) => role));
  const approvers = new Set(approvedBy.map((who) => findPerson(people, who)));
  return people.filter((person) => approvers.has(person) && person.roles.some((role) => wanted.has(role)));
}

/**
 * The standing approval that a standard change goes by: of exactly this service and procedure digest, not ended, by
 * people of the policy who did not request or write the change. The approval of a person who was removed, or has lost the role,
 * counts for nothing; the others may still fill the rules. Throws `policy-not-met` at `/change/type` with what is missing.
 */
export function standingFor(
  asked: {
    readonly service: string;
    readonly procedure: string;
    readonly digest: string;
    readonly excluded: ReadonlySet<string>;
    readonly now: number;
  },
  standard: readonly StandingRule[],
  rules: readonly Rule[],
  people: readonly Person[],
): Standing {
  const { service, procedure, digest } = asked;
  const ofProcedure = standard.filter((one) => one.service === service && one.procedure === procedure);
  if (ofProcedure.length === 0) return lacking(`the policy has no standing approval of ${procedure} for ${service}`);
  const fitting = ofProcedure.filter((one) => one.digest === digest);
  if (fitting.length === 0)
    return lacking(
      `the standing approval of ${procedure} for ${service} is of ${ofProcedure.map((one) => one.digest).join(', ')}; this is ${digest}`,
    );
  const valid = fitting.filter((one) => asked.now < standingEndMs(one));
  const [first] = valid;
  if (!first)
    return lacking(
      `the standing approval of ${procedure} for ${service} ended with ${fitting.map(({ until }) => until).join(', ')}`,
    );
  for (const { approvedBy, until } of valid) {
    const counted = counting(approvedBy, rules, people).filter(({ subject }) => !asked.excluded.has(subject));
    const filled = fillRules(rules, counted);
    if (filled) return { approvedBy: filled, until, digest };
  }
  const { uncounted } = standingGaps(first, rules, people);
  const isExcluded = people.some(({ subject }) => first.approvedBy.includes(subject) && asked.excluded.has(subject));
  const without = [
    ...(isExcluded ? ['those who requested or wrote this change'] : []),
    ...(uncounted.length > 0 ? [`${uncounted.join(', ')}, whose approval counts for nothing`] : []),
  ];
  const others = without.length === 0 ? '' : `without ${without.join(' and ')}, `;
  return lacking(`${others}the approvers of ${procedure} for ${service} do not fill the approval rules`);
}

function lacking(detail: string): never {
  return refuse([{ code: 'policy-not-met', pointer: '/change/type', detail: `${detail}; request a normal change` }]);
}
