import { excludedFrom } from '../approvals.ts';
import { formatDuration } from '../duration.ts';
import { stages } from '../evidence/evidence.ts';
import { type Actor, entriesOf, type JournalEntry } from '../journal.ts';
import type { Plan } from '../plan.ts';
import { limitFaults, requirementFaults } from '../planning/plan-rules.ts';
import { stateOf } from '../state.ts';
import { peopleOfService, servesService } from './people-of-service.ts';
import { type EnvironmentRules, findPerson, type Person, type Policy, rulesFor } from './policy.ts';
import { fillable, shortOf } from './quorum.ts';

/** Why a policy would have refused a change that is over. */
export interface Refusal {
  /** Place in the policy that refuses, as a JSON pointer. */
  readonly rule: string;
  readonly why: string;
}

/** What a change of the past comes to under another policy. */
export interface Judgement {
  readonly refusals: readonly Refusal[];
  /** Parts of the policy that cannot be judged by what was journaled. */
  readonly notJudged: readonly string[];
}

/**
 * Judges a change that is over by a policy that it did not know, as far as plan and journal can tell. What people were
 * asked counts only where the change came to its first step: before it, approvals may just not have been given yet.
 */
export function judgeAgainst(whole: Policy, plan: Plan, journal: readonly JournalEntry[]): Judgement {
  // A repair undoes what another change left; no policy holds it back.
  if (plan.repair) return { refusals: [], notJudged: [] };
  const { environment } = plan;
  const policy = { ...whole, people: [...peopleOfService(whole, plan.service)] };
  const rules = rulesFor(policy, plan);
  const root = `/environments/${environment}`;
  if (!rules)
    return { refusals: [{ rule: '/environments', why: `it names no environment ${environment}` }], notJudged: [] };
  const context = { policy, rules, root, plan, journal };
  const first = journal.findIndex(({ type }) => type === 'step-started');
  const before = first === -1 ? null : journal.slice(0, first);
  return {
    refusals: [
      ...requesterRefusals(context),
      ...serviceRefusals(context),
      ...planRefusals(context),
      // A standard change and an emergency are asked for something else, which is said to be not judged.
      ...(before && plan.change.type === 'normal' ? grantRefusals(context, before) : []),
      ...(before ? gateRefusals(context) : []),
    ],
    notJudged: [
      ...(['rehearsal', 'windows'] as const).filter((name) => rules[name] !== undefined),
      ...(plan.change.type === 'normal' ? [] : [`what ${plan.change.type} changes are asked for`]),
      ...(before && stagesBefore(before).some(({ ageMs }) => ageMs === null) ? ['the age of evidence'] : []),
    ],
  };
}

interface Context {
  readonly policy: Policy;
  readonly rules: EnvironmentRules;
  readonly root: string;
  readonly plan: Plan;
  readonly journal: readonly JournalEntry[];
}

function requesterRefusals({ policy, plan }: Context): readonly Refusal[] {
  const { requester, change } = plan;
  const robot = policy.robots.find(({ subject }) => subject === requester.subject);
  const isAllowed = findPerson(policy.people, requester.subject) !== undefined || robot?.may.includes('request');
  const authors = policy.unknownAuthors === 'accept' ? [] : change.authors;
  const unknown = [...authors, ...(change.onBehalfOf === null ? [] : [change.onBehalfOf])].filter(
    (name) => !findPerson(policy.people, name),
  );
  return [
    ...(isAllowed
      ? []
      : [{ rule: robot ? '/robots' : '/people', why: `${requester.name} (${requester.subject}) may not request` }]),
    ...[...new Set(unknown)].map((name) => ({ rule: '/people', why: `${name} wrote or wanted it and is unknown` })),
  ];
}

/** What the policy says of the service itself. */
function serviceRefusals({ policy, plan }: Context): readonly Refusal[] {
  const { service, requester, change, procedure } = plan;
  const { requesters, procedures } = Object.hasOwn(policy.services, service) ? (policy.services[service] ?? {}) : {};
  const robot = policy.robots.find(({ subject }) => subject === requester.subject);
  // Whoever lets a robot ask asks themself.
  const asking = findPerson(policy.people, robot ? (change.onBehalfOf ?? '') : requester.subject);
  const mayAsk = requesters?.some((name) => findPerson(policy.people, name)?.subject === asking?.subject) ?? true;
  const isKnown = procedures?.includes(procedure.name) !== false && !(procedures && procedure.inline);
  return [
    ...(robot && !servesService(robot, service)
      ? [{ rule: '/robots', why: `${robot.name} may not request for ${service}` }]
      : []),
    ...(mayAsk
      ? []
      : [{ rule: `/services/${service}/requesters`, why: `${requester.name} may not request for ${service}` }]),
    ...(isKnown
      ? []
      : [{ rule: `/services/${service}/procedures`, why: `${procedure.name} is none of the service's procedures` }]),
  ];
}

function planRefusals({ rules, root, plan }: Context): readonly Refusal[] {
  const inline = plan.procedure.inline && !rules.procedures.inline;
  const hasDigest = (value: unknown) => JSON.stringify(value).includes(plan.artifact.digest);
  const actions = plan.steps.flatMap((step) => (step.kind === 'action' ? [step] : []));
  const isBound =
    hasDigest(actions.map((step) => step.do)) &&
    hasDigest([plan.health, plan.validation, actions.map(({ done, verify }) => [done, verify])]);
  return [
    ...(inline ? [{ rule: `${root}/procedures/inline`, why: 'its procedure was sent as a document' }] : []),
    ...requirementFaults(plan, rules).map(({ pointer, detail }) => ({
      rule: `${root}/${pointer.includes('/monitoring') ? 'monitoring/minimum' : 'require'}`,
      why: `${detail} (its procedure: ${pointer})`,
    })),
    ...limitFaults(plan, rules.limits).map(({ pointer, detail }) => ({
      rule: `${root}/limits`,
      why: `${detail} (its procedure: ${pointer})`,
    })),
    ...(rules.require.artifactReadBack && !isBound
      ? [
          {
            rule: `${root}/require/artifactReadBack`,
            why: 'its procedure did not give the artifact digest to an action and read it back',
          },
        ]
      : []),
  ];
}

/** What was asked for before the first step, as it stood then. */
function grantRefusals(context: Context, before: readonly JournalEntry[]): readonly Refusal[] {
  return [
    ...evidenceRefusals(context, before),
    ...readinessRefusals(context, before),
    ...approvalRefusals(context, before),
  ];
}

/** How each stage was judged last, and its age then in milliseconds, null where that was not written down so. */
function stagesBefore(before: readonly JournalEntry[]) {
  const judged = entriesOf(before, 'gate-evaluated');
  return stages.map((stage) => {
    const last = judged.findLast(({ gate }) => gate === `stage-${stage}`);
    const finishedAt = Date.parse(/\bfinished (\S+?Z)/.exec(last?.found ?? '')?.[1] ?? '');
    const ageMs = last && !Number.isNaN(finishedAt) ? Date.parse(last.at) - finishedAt : null;
    return { stage, ageMs, isUnsigned: last?.found.includes('unsigned') === true };
  });
}

function evidenceRefusals({ rules, root }: Context, before: readonly JournalEntry[]): readonly Refusal[] {
  const { maxAge, signers } = rules.evidence;
  return stagesBefore(before).flatMap(({ stage, ageMs, isUnsigned }): readonly Refusal[] => [
    ...(ageMs !== null && ageMs > maxAge
      ? [
          {
            rule: `${root}/evidence/maxAge`,
            why: `stage ${stage} was ${formatDuration(ageMs)} old, more than ${formatDuration(maxAge)}`,
          },
        ]
      : []),
    ...(signers !== undefined && isUnsigned
      ? [{ rule: `${root}/evidence/signers`, why: `stage ${stage} was proven by an unsigned statement` }]
      : []),
  ]);
}

function readinessRefusals(context: Context, before: readonly JournalEntry[]): readonly Refusal[] {
  const { policy, rules, root } = context;
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
    const lateMs = asked ? Math.min(...ones.map(({ at }) => Date.parse(at) - Date.parse(asked.at))) : 0;
    return lateMs > within
      ? [
          {
            rule: `${root}/readiness/within`,
            why: `${role} was ready after ${formatDuration(lateMs)}, later than ${formatDuration(within)}`,
          },
        ]
      : [];
  });
}

function approvalRefusals(context: Context, before: readonly JournalEntry[]): readonly Refusal[] {
  const { rules, root } = context;
  const requested = before.find(({ type }) => type === 'requested');
  const granted = before.findLast(({ type }) => type === 'lock-granted');
  const waitedMs = requested && granted ? Date.parse(granted.at) - Date.parse(requested.at) : 0;
  const late =
    waitedMs > rules.approvals.expireAfter
      ? [
          {
            rule: `${root}/approvals/expireAfter`,
            why: `the target was free ${formatDuration(waitedMs)} after the request, when approvals had lapsed (${formatDuration(rules.approvals.expireAfter)})`,
          },
        ]
      : [];
  return [...quorumRefusals(context, before, 'start', rules.approvals.rules, `${root}/approvals/rules`), ...late];
}

/** Gate steps keep the procedure's own rule; who may fill it is the policy's to say. */
function gateRefusals(context: Context): readonly Refusal[] {
  const { plan, journal } = context;
  return plan.steps.flatMap((step): readonly Refusal[] => {
    const passed = entriesOf(journal, 'step-completed').find((one) => one.step === step.id && one.result === 'passed');
    if (!passed) return [];
    if (step.kind === 'gate')
      return quorumRefusals(context, journal, step.id, [{ role: step.role, minimum: step.minimum }], '/people');
    if (step.kind !== 'manual' || !passed.by) return [];
    const { by } = passed;
    if (holds(context.policy.people, by, step.role) && counts(context.rules, by)) return [];
    return [
      { rule: '/people', why: `step ${step.id} was reported by ${spoken(by)}, who does not count for ${step.role}` },
    ];
  });
}

/**
 * Whether those who had approved would have filled the rules. Each may fill any rule that they have the role of: had
 * they been asked for another one, they would have named it.
 */
function quorumRefusals(
  { policy, rules, plan }: Context,
  journal: readonly JournalEntry[],
  gate: string,
  wanted: readonly { readonly role: string; readonly minimum: number }[],
  rule: string,
): readonly Refusal[] {
  const given = stateOf(plan, journal).approvals.filter((approval) => approval.gate === gate);
  const { exclude } = rules.approvals;
  const asNow = { ...plan.policy, people: policy.people, approvals: { ...plan.policy.approvals, exclude } };
  const excluded = excludedFrom({ ...plan, policy: asNow });
  const counted = given.filter(({ by }) => counts(rules, by));
  const people = counted.flatMap(({ by }) => findPerson(policy.people, by.subject) ?? []);
  const could = fillable(wanted, people, excluded);
  const asSaid = could.map((one) => ({
    ...one,
    who: one.who.filter(({ subject }) => counted.some(({ by, role }) => by.subject === subject && role === one.role)),
  }));
  // Told by the roles that they named, unless others would have brought them further.
  const [best, said] = [shortOf(could), shortOf(asSaid)];
  const short = sizeOf(best) < sizeOf(said) ? best : said;
  return short.map(({ role, minimum }) => {
    const i = wanted.findIndex((one) => one.role === role);
    const where = gate === 'start' ? `${rule}/${i}` : rule;
    const at = gate === 'start' ? '' : ` at gate ${gate}`;
    return { rule: where, why: `${minimum} more ${role} would have had to approve${at}${aside(given)}` };
  });
}

function sizeOf(short: ReturnType<typeof shortOf>): number {
  return short.reduce((sum, { minimum }) => sum + minimum, 0);
}

/** Whether a policy takes what somebody said, for how it came in. */
function counts(rules: EnvironmentRules, by: Actor): boolean {
  return by.identity === 'verified' || rules.messages.unsigned === 'accept';
}

function holds(people: readonly Person[], by: Actor, role: string): boolean {
  return findPerson(people, by.subject)?.roles.includes(role) === true;
}

const spoken = ({ name, via, identity }: Actor) => `${name} (${via}, ${identity})`;

function aside(given: readonly { readonly by: Actor; readonly role: string }[]): string {
  return given.length === 0
    ? '; nobody did'
    : `; ${given.map(({ by, role }) => `${spoken(by)} as ${role}`).join(', ')} did`;
}
