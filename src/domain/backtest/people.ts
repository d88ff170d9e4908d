import { formatDuration } from '../base/duration.ts';
import { excludedFrom } from '../deployment/excluded-approvers.ts';
import { stateOf } from '../deployment/state.ts';
import { entriesOf, type JournalEntry } from '../journal/entries.ts';
import { msBetween } from '../journal/read.ts';
import type { Actor } from '../journal/values.ts';
import { findPerson } from '../policy/find-person.ts';
import type { Person } from '../policy/people-schema.ts';
import type { EnvironmentRules } from '../policy/policy.ts';
import { fillable, type Rule, shortOf } from '../policy/quorum.ts';
import { type Begun, type Past, type Refusal, refusedUnless } from './evaluation.ts';

/** Whether every role that is asked acknowledged readiness, and in time. */
export function readinessRefusals({ policy, rules, root, before }: Begun): readonly Refusal[] {
  if (!rules.readiness) return [];
  const given = entriesOf(before, 'acknowledged').filter((entry) => entry.for === 'readiness');
  const asked = before.find((entry) => entry.type === 'waiting-started' && entry.wait.kind === 'readiness');
  const { within } = rules.readiness;
  return rules.readiness.roles.flatMap((role, i): readonly Refusal[] => {
    const rule = `${root}/readiness/roles/${i}`;
    // Who is on call by schedule is not asked.
    if (typeof role !== 'string') return [];
    const ones = given.filter(({ by }) => holds(policy.people, by, role) && counts(rules, by));
    if (ones.length === 0)
      return [{ rule, why: `nobody acknowledged readiness who counts for ${role}${aside(given)}` }];
    const lateMs = asked ? Math.min(...ones.map(({ at }) => msBetween(asked.at, at))) : 0;
    const why = `${role} was ready after ${formatDuration(lateMs)}, later than ${formatDuration(within)}`;
    return refusedUnless(lateMs <= within, `${root}/readiness/within`, why);
  });
}

/** Whether those who had approved the start would have filled these rules before the target was free. */
export function approvalRefusals(past: Begun, wanted: readonly Rule[]): readonly Refusal[] {
  const { rules, root, before } = past;
  const { rules: own, expireAfter } = rules.approvals;
  const requested = before.find(({ type }) => type === 'requested');
  const granted = before.findLast(({ type }) => type === 'lock-granted');
  const waitedMs = requested && granted ? msBetween(requested.at, granted.at) : 0;
  const why = `the target was free ${formatDuration(waitedMs)} after the request, when approvals had lapsed (${formatDuration(expireAfter)})`;
  const placeOf = (role: string) => {
    const i = own.findIndex((one) => one.role === role);
    return i === -1 ? `${root}/emergency/role` : `${root}/approvals/rules/${i}`;
  };
  const short = quorumRefusals(past, before, 'start', wanted);
  return [
    ...short.map(({ role, why: missing }) => ({ rule: placeOf(role), why: missing })),
    ...refusedUnless(waitedMs <= expireAfter, `${root}/approvals/expireAfter`, why),
  ];
}

/** Gate steps keep the procedure's own rule; the policy decides who may fill it. */
export function gateRefusals(past: Begun): readonly Refusal[] {
  const { plan, journal, policy, rules } = past;
  return plan.steps.flatMap((step): readonly Refusal[] => {
    const passed = entriesOf(journal, 'step-completed').find((one) => one.step === step.id && one.result === 'passed');
    if (!passed) return [];
    if (step.kind === 'gate')
      return quorumRefusals(past, journal, step.id, [step]).map(({ why }) => ({ rule: '/people', why }));
    if (step.kind !== 'manual' || !passed.by) return [];
    const { by } = passed;
    const why = `step ${step.id} was reported by ${inWords(by)}, who does not count for ${step.role}`;
    return refusedUnless(holds(policy.people, by, step.role) && counts(rules, by), '/people', why);
  });
}

/**
 * Whether those who had approved would have filled the rules. Each may fill any rule that they have the role of: had
 * they been asked for another one, they would have named it.
 */
function quorumRefusals(
  { policy, rules, plan }: Past,
  journal: readonly JournalEntry[],
  gate: string,
  wanted: readonly Rule[],
): readonly { readonly role: string; readonly why: string }[] {
  const given = stateOf(plan, journal).approvals.filter((approval) => approval.gate === gate);
  const { exclude } = rules.approvals;
  const asNow = { ...plan.policy, people: policy.people, approvals: { ...plan.policy.approvals, exclude } };
  const excluded = excludedFrom({ ...plan, policy: asNow });
  const counted = given.filter(({ by }) => counts(rules, by));
  const people = counted.flatMap(({ by }) => findPerson(policy.people, by.subject) ?? []);
  const could = fillable(wanted, people, excluded);
  const asNamed = could.map((one) => ({
    ...one,
    who: one.who.filter(({ subject }) => counted.some(({ by, role }) => by.subject === subject && role === one.role)),
  }));
  // Reported by the roles that they named, unless other roles would have left less missing.
  const [best, named] = [shortOf(could), shortOf(asNamed)];
  const short = sizeOf(best) < sizeOf(named) ? best : named;
  return short.map(({ role, minimum }) => {
    const at = gate === 'start' ? '' : ` at gate ${gate}`;
    return { role, why: `${minimum} more ${role} would have had to approve${at}${aside(given)}` };
  });
}

function sizeOf(short: ReturnType<typeof shortOf>): number {
  return short.reduce((sum, { minimum }) => sum + minimum, 0);
}

/** Whether a policy accepts what somebody sent, by how it came in. */
function counts(rules: EnvironmentRules, by: Actor): boolean {
  return by.identity === 'verified' || rules.messages.unsigned === 'accept';
}

function holds(people: readonly Person[], by: Actor, role: string): boolean {
  return findPerson(people, by.subject)?.roles.includes(role) === true;
}

const inWords = ({ name, via, identity }: Actor) => `${name} (${via}, ${identity})`;

function aside(given: readonly { readonly by: Actor; readonly role: string }[]): string {
  return given.length === 0
    ? '; nobody did'
    : `; ${given.map(({ by, role }) => `${inWords(by)} as ${role}`).join(', ')} did`;
}
