import type { TargetName } from '../base/ids.ts';
import { findPerson } from './find-person.ts';
import type { FreezeScope } from './freezes-by-people.ts';
import { type Person } from './people-schema.ts';
import { type EnvironmentRules, type Policy, rulesFor } from './policy.ts';
import { peopleOfService } from './roles-for-service.ts';

type Rules = Pick<Policy, 'people' | 'services' | 'environments'>;

/** Roles of which one is needed to adopt, resolve, review and freeze: the environment's `operators`, or those of its approval rules. */
export function operatorRoles(rules: Pick<EnvironmentRules, 'operators' | 'approvals'>): readonly string[] {
  return rules.operators ?? rules.approvals.rules.map((rule) => rule.role);
}

/**
 * Whether a person may adopt, resolve or review at a target, by the policy as it is now. `roles`: one of them is asked for;
 * none in an environment that the policy does not know. `person`: with that subject or alias, where they have such a role for
 * this service; else null.
 */
export function operatorsOf(policy: Rules, target: TargetName, subject: string) {
  const rules = rulesFor(policy, target);
  const roles = rules ? operatorRoles(rules) : [];
  const person = findPerson(peopleOfService(policy, target.service), subject);
  return { roles, person: person?.roles.some((role) => roles.includes(role)) ? person : null };
}

/** What freezing or lifting asks for in one environment: one of the roles. */
export type FreezeDemand = ReturnType<typeof demandsOf>[number];

/**
 * Whom a freeze is evaluated by. Where it stops one service, people have the roles that they have for that service; where it
 * stops all of them, those that the policy writes beside their names, since an owner is one of one service only.
 */
function peopleFor(policy: Rules, scope: FreezeScope): readonly Person[] {
  return 'service' in scope ? peopleOfService(policy, scope.service) : policy.people;
}

/** One demand for each environment that is stopped: its own, or every one, also where the policy has forgotten it. */
function demandsOf({ environments }: Rules, scope: FreezeScope) {
  const own = 'environment' in scope ? scope.environment : '';
  const isNamed = Object.hasOwn(environments, own);
  return Object.entries(environments)
    .filter(([name]) => !isNamed || name === own)
    .map(([environment, rules]) => ({ environment, roles: operatorRoles(rules) }));
}

const meets = (person: Person | undefined, { roles }: FreezeDemand) =>
  person?.roles.some((role) => roles.includes(role)) === true;

/** The demand that a person (by subject or alias) does not meet for freezing or lifting; null: all are met. */
export function unmetFreezeDemand(policy: Rules, subject: string, scope: FreezeScope): FreezeDemand | null {
  const person = findPerson(peopleFor(policy, scope), subject);
  return demandsOf(policy, scope).find((demand) => !meets(person, demand)) ?? null;
}

/** Everybody who may freeze and lift, with the roles that they have there. */
export function whoMayFreeze(policy: Rules, scope: FreezeScope): readonly Person[] {
  return peopleFor(policy, scope).filter(({ subject }) => unmetFreezeDemand(policy, subject, scope) === null);
}

/** Whether a person may freeze anything at all: with roles as they are written, or as owner of one of the services. */
export function mayFreezeSomething(policy: Rules, subject: string): boolean {
  const demands = demandsOf(policy, { kind: 'everything' });
  return [policy.people, ...Object.keys(policy.services).map((service) => peopleOfService(policy, service))].some(
    (people) => demands.some((demand) => meets(findPerson(people, subject), demand)),
  );
}
