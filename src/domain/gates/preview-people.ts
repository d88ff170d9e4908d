import { rulesOf } from '../deployment/approvals.ts';
import { excludedFrom } from '../deployment/excluded-approvers.ts';
import type { ManualStep, Plan } from '../plan/plan.ts';
import type { Person } from '../policy/people-schema.ts';
import { type Fillable, fillable, type Rule, shortOf } from '../policy/quorum.ts';
import type { CouldGive, PreviewedGate } from './gate.ts';

type Shown = Omit<PreviewedGate, 'gate'>;

/** The approval of the start, or a gate step: one person fills one rule, and nobody their own change. */
export function asksForQuorum(plan: Plan, name: string): Shown {
  return asks(fillable(rulesOf(plan, name), plan.policy.people, excludedFrom(plan)), plan.policy.people, 'one each');
}

/** A step that somebody carries out by hand. */
export function asksByHand({ policy }: Plan, { role }: ManualStep): Shown {
  return asks(fillable([{ role, minimum: 1 }], policy.people, new Set()), policy.people, 'each by anybody');
}

/** What people are asked for, and whether they could give it. `one each`: one person fills one rule. */
export function asks(
  could: readonly Fillable[],
  people: readonly Person[],
  how: 'one each' | 'each by anybody',
): Shown {
  const short: readonly Rule[] = how === 'one each' ? shortOf(could) : could.filter(({ who }) => who.length === 0);
  const asked = {
    required: could.map(({ role, minimum }) => `${minimum} ${role}`).join(', '),
    missing: could.map(({ role, minimum }) => ({ role, minimum })),
    who: could.flatMap(({ role, who }) => who.map(({ subject, name }) => ({ subject, name, role }))),
  };
  if (short.length === 0) return { ...asked, state: 'waiting' };
  return { ...asked, state: 'blocked', reason: short.map((rule) => whyShort(rule, could, people)).join('; ') };
}

/** Why a rule cannot be filled even if everybody spoke who could. */
function whyShort({ role, minimum }: Rule, could: readonly Fillable[], people: readonly Person[]): string {
  const rule = could.find((one) => one.role === role);
  if (rule && rule.who.length >= rule.minimum)
    return `${minimum} more ${role} would be needed: one person fills one rule`;
  if (rule && rule.who.length > 0) return `only ${rule.who.length} of ${rule.minimum} ${role} could give it`;
  return people.some(({ roles }) => roles.includes(role))
    ? `nobody could give it: whoever has the role ${role} requested or wrote this change`
    : `nobody could give it: nobody has the role ${role}`;
}

/** Those who look after the environment, without those who are excluded (by subject). */
export function operatorsIn({ policy }: Plan, excluded: ReadonlySet<string>): readonly CouldGive[] {
  const operators = policy.operators.map((role) => ({ role, minimum: 1 }));
  return fillable(operators, policy.people, excluded).flatMap(({ role, who }) =>
    who.map(({ subject, name }) => ({ subject, name, role })),
  );
}
