import { formatDuration } from '../../base/duration.ts';
import type { Channel, StakeholderEvent } from '../../kinds/notification.ts';
import { notRequiredBy } from '../not-required.ts';
import { operatorRoles } from '../operators.ts';
import type { Person } from '../people-schema.ts';
import type { EnvironmentRules, Policy } from '../policy.ts';
import { fillable, type Rule } from '../quorum.ts';
import { readinessRoles } from '../readiness.ts';
import { ownerRole } from '../roles-for-service.ts';
import { standingEndMs } from '../standing-approvals.ts';
import type { WindowRules } from '../windows-schema.ts';
import { byService } from './by-service.ts';
import { robotInWords, robotWarnings } from './robots.ts';
import { groupsInWords, type RuleInWords, rulesInWords, servicesInWords, settingsInWords } from './rules.ts';
import { warningsOf } from './warnings.ts';

/** A line of an explanation; a warning is something that is allowed and still may surprise. */
export interface ExplainedLine {
  readonly kind: 'heading' | 'fact' | 'warning';
  readonly text: string;
}

const heading = (text: string): ExplainedLine => ({ kind: 'heading', text });
const fact = (name: string, text: string): ExplainedLine => ({ kind: 'fact', text: `${name}: ${text}` });
const warning = (text: string): ExplainedLine => ({ kind: 'warning', text });
const list = (words: readonly string[], none = 'nobody') => (words.length === 0 ? none : words.join(', '));
const counted = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;

/** What the time and its zones make of a policy; given from outside, since nothing here knows either. */
export interface Calendar {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The time zone data behind it, in words, and whether it is old. */
  readonly data: string;
  readonly isOld: boolean;
  /** When windows open next, and what of them is over. */
  readonly windows: (windows: WindowRules) => {
    readonly openings: readonly string[];
    readonly warnings: readonly string[];
  };
}

/** What a policy means, for people: who may do what, what is asked for, what is not, what is over, and what may surprise. */
export function explainPolicy(policy: Policy, calendar: Calendar | null = null): readonly ExplainedLine[] {
  return [
    ...explainPeople(policy),
    ...(calendar && hasWindows(policy) ? explainData(calendar) : []),
    ...[...groupsInWords(policy), ...servicesInWords(policy)].map((rule) => fact(...rule)),
    ...Object.entries(policy.notifiers).map(([kind, settings]) => fact(`notifier ${kind}`, settingsInWords(settings))),
    ...Object.entries(policy.environments).flatMap(([name, rules]) => [
      heading(`Environment ${name}`),
      ...explainEnvironment(policy, rules),
      ...(calendar ? explainTimes(rules, calendar) : []),
    ]),
  ];
}

const hasWindows = ({ environments }: Policy) => Object.values(environments).some(({ windows }) => windows);

/** A fact that people's roles make, of the services that it holds for. */
function facts(policy: Policy, say: (people: readonly Person[]) => readonly RuleInWords[]): readonly ExplainedLine[] {
  return byService(policy, say).map(({ fact: [name, text], of }) =>
    fact(of === null ? name : `${name} of ${of}`, text),
  );
}

/** Rules with everybody who could fill them, by name. */
function peopleOf(rules: readonly Rule[], people: readonly Person[]): readonly (readonly [rule: Rule, who: string])[] {
  return fillable(rules, people, new Set()).map((rule) => [rule, list(rule.who.map(({ name }) => name))]);
}

function factsOfRules(
  policy: Policy,
  rules: readonly Rule[],
  say: (rule: Rule, who: string) => RuleInWords,
): readonly ExplainedLine[] {
  return facts(policy, (people) => peopleOf(rules, people).map(([rule, who]) => say(rule, who)));
}

function explainPeople(policy: Policy): readonly ExplainedLine[] {
  const { people, robots, services } = policy;
  const held = people.flatMap((person) => person.roles);
  const roles = [...new Set(Object.keys(services).length > 0 ? [...held, ownerRole] : held)].sort();
  return [
    heading(`${counted(people.length, 'person', 'people')}, ${counted(robots.length, 'robot', 'robots')}`),
    ...factsOfRules(policy, asRules(roles), ({ role }, who) => [role, who]),
    ...robots.map((robot) => fact(...robotInWords(robot))),
    ...robots.flatMap(robotWarnings).map(warning),
  ];
}

function explainEnvironment(policy: Policy, rules: EnvironmentRules): readonly ExplainedLine[] {
  const { evidence, approvals, readiness, require, monitoring, procedures } = rules;
  const required = [
    ...require.validation.map((group) => `checks in ${group}`),
    ...(require.availability ? ['an availability check'] : []),
    ...(require.artifactReadBack ? ['the artifact digest given to an action and read back'] : []),
    ...(rules.commands === 'isolated' ? ['commands that run as a user of their own'] : []),
    `monitoring of at least ${formatDuration(monitoring.minimum)}`,
  ];
  return [
    ...factsOfRules(policy, approvals.rules, ({ minimum, role }, who) => ['approval', `${minimum} ${role} (${who})`]),
    fact(
      'approvals',
      `never by requester or authors; lapse ${formatDuration(approvals.expireAfter)} after the request`,
    ),
    fact(
      'evidence',
      `five stages passed in ${evidence.order === 'any' ? 'any ' : ''}order, at most ${formatDuration(evidence.maxAge)} old`,
    ),
    ...(rules.rehearsal ? [fact('rehearsal', rehearsalOf(rules.rehearsal))] : []),
    ...rulesInWords(rules).map((rule) => fact(...rule)),
    ...(readiness
      ? factsOfRules(policy, asRules(readinessRoles(readiness)), ({ role }, who) => [
          'readiness',
          `${role} (${who}) within ${formatDuration(readiness.within)}`,
        ])
      : []),
    ...rules.stakeholders.map(({ name, on, channels }) =>
      fact('notified', `${name} of ${on.join(', ')} by ${waysOf(on, channels)}`),
    ),
    fact('a procedure needs', required.join('; ')),
    fact('procedures', proceduresOf(procedures)),
    fact('messages without a proof', rules.messages.unsigned === 'accept' ? 'count' : 'are refused'),
    ...facts(policy, (people) => {
      const each = peopleOf(asRules(operatorRoles(rules)), people).map(([{ role }, who]) => `${role} (${who})`);
      return [['operators', each.join(', ')]];
    }),
    fact(
      'pages',
      `go to the next way after ${formatDuration(rules.paging.acknowledgeWithin)} without an acknowledgement`,
    ),
    fact('limits', list(Object.entries(rules.limits).map(([name, ms]) => `${name} ${formatDuration(ms)}`))),
    fact('not required', list(notRequiredBy(rules), 'nothing is left out')),
    ...warningsOf(policy, rules).map(warning),
  ];
}

function explainData({ data, isOld }: Calendar): readonly ExplainedLine[] {
  const old =
    'that time zone data is older than a year: where a country has changed its clocks since, windows open at other times';
  return [fact('times of windows', `by ${data}`), ...(isOld ? [warning(old)] : [])];
}

/** When a deployment may begin next, and what will never count again. */
function explainTimes({ windows, standard = [] }: EnvironmentRules, calendar: Calendar): readonly ExplainedLine[] {
  const { openings = [], warnings = [] } = windows ? calendar.windows(windows) : {};
  return [
    ...openings.map((opening) => fact('opens', opening)),
    ...warnings.map(warning),
    ...standard
      .filter((entry) => standingEndMs(entry) <= calendar.now)
      .map(({ service, procedure, until }) =>
        warning(`the standing approval of ${procedure} for ${service} is over: it ended with ${until}`),
      ),
  ];
}

function rehearsalOf({ maxAge, environment }: NonNullable<EnvironmentRules['rehearsal']>): string {
  return `the same procedure rolled back and verified in ${environment}, at most ${formatDuration(maxAge)} ago`;
}

function proceduresOf({ inline, allow }: EnvironmentRules['procedures']): string {
  const where = inline ? 'of the server, or sent as documents' : 'of the server only';
  return allow ? `${where}: ${allow.join(', ')}` : where;
}

const asRules = (roles: readonly string[]) => roles.map((role) => ({ role, minimum: 1 }));

/** All ways are taken at once, but for pages. */
function waysOf(on: readonly StakeholderEvent[], channels: readonly Channel[]): string {
  const kinds = channels.map(({ kind }) => kind);
  return `${kinds.join(' and ')}${kinds.length > 1 && on.includes('page') ? ', of pages in this order' : ''}`;
}
