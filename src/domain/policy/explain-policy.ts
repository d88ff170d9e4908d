import { formatDuration } from '../duration.ts';
import type { EnvironmentRules, Limits, Policy } from './policy.ts';
import { type Fillable, fillable, shortOf } from './quorum.ts';
import { readinessRoles } from './readiness.ts';

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
const nobody: ReadonlySet<string> = new Set();

/** What a policy means, for people: who may do what, what is asked for, what is not, and what may surprise. */
export function explainPolicy(policy: Policy): readonly ExplainedLine[] {
  return [
    ...explainPeople(policy),
    ...generic({ services: policy.services }),
    ...Object.entries(policy.environments).flatMap(([name, rules]) => [
      heading(`Environment ${name}`),
      ...explainEnvironment(policy, rules),
    ]),
  ];
}

function explainPeople({ people, robots }: Policy): readonly ExplainedLine[] {
  const roles = [...new Set(people.flatMap((person) => person.roles))].sort();
  const holders = (role: string) => people.filter((person) => person.roles.includes(role)).map(({ name }) => name);
  return [
    heading(`${counted(people.length, 'person', 'people')}, ${counted(robots.length, 'robot', 'robots')}`),
    ...roles.map((role) => fact(role, holders(role).join(', '))),
    ...robots.map(({ name, subject, may }) => fact(`robot ${name} (${subject})`, `may ${list(may, 'read')}`)),
    ...robots
      .filter(({ may }) => may.includes('request'))
      .map(({ name }) =>
        warning(`${name} may request: whoever holds its token chooses the person on whose behalf, who may not approve`),
      ),
  ];
}

function explainEnvironment(policy: Policy, rules: EnvironmentRules): readonly ExplainedLine[] {
  const { evidence, approvals, readiness, require, monitoring, procedures } = rules;
  const could = fillable(approvals.rules, policy.people, nobody);
  const operators = rules.operators ?? approvals.rules.map(({ role }) => role);
  const required = [
    ...require.validation.map((group) => `checks in ${group}`),
    ...(require.availability ? ['an availability check'] : []),
    ...(require.artifactReadBack ? ['the artifact digest given to an action and read back'] : []),
    `monitoring of at least ${formatDuration(monitoring.minimum)}`,
  ];
  return [
    ...could.map((rule) => fact('approval', `${rule.minimum} ${rule.role} (${list(namesOf(rule))})`)),
    fact(
      'approvals',
      `never by requester or authors; lapse ${formatDuration(approvals.expireAfter)} after the request`,
    ),
    fact('evidence', `five stages passed in order, at most ${formatDuration(evidence.maxAge)} old`),
    ...(rules.rehearsal ? [fact('rehearsal', rehearsalOf(rules.rehearsal))] : []),
    ...generic({
      signers: evidence.signers,
      windows: rules.windows,
      emergency: rules.emergency,
      standard: rules.standard,
    }),
    ...(readiness
      ? fillable(asRules(readinessRoles(readiness)), policy.people, nobody).map((rule) =>
          fact('readiness', `${rule.role} (${list(namesOf(rule))}) within ${formatDuration(readiness.within)}`),
        )
      : []),
    ...rules.stakeholders.map(({ name, on }) => fact('told', `${name} of ${on.join(', ')}`)),
    fact('a procedure needs', required.join('; ')),
    fact('procedures', procedures.inline ? 'of the server, or sent as documents' : 'of the server only'),
    fact('messages without a proof', rules.messages.unsigned === 'accept' ? 'count' : 'are refused'),
    fact(
      'operators',
      fillable(asRules(operators), policy.people, nobody)
        .map((one) => `${one.role} (${list(namesOf(one))})`)
        .join(', '),
    ),
    fact('limits', limitsOf(rules.limits)),
    fact('not required', list(notRequiredBy(rules), 'nothing is left out')),
    ...warningsOf(policy, rules, could),
  ];
}

function rehearsalOf({ maxAge, environment }: NonNullable<EnvironmentRules['rehearsal']>): string {
  return `the same procedure rolled back and verified in ${environment}, at most ${formatDuration(maxAge)} ago`;
}

const namesOf = ({ who }: Fillable) => who.map(({ name }) => name);
const asRules = (roles: readonly string[]) => roles.map((role) => ({ role, minimum: 1 }));

/** Rules that other parts of Gantry judge: shown as they are written. */
function generic(parts: Readonly<Record<string, unknown>>): readonly ExplainedLine[] {
  return Object.entries(parts).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [fact(name, JSON.stringify(value))],
  );
}

function limitsOf(limits: Limits): string {
  return Object.entries(limits)
    .map(([name, ms]) => `${name} ${formatDuration(ms)}`)
    .join(', ');
}

/** What an environment's rules leave out: records say of it that it was not required, never that it passed. */
function notRequiredBy(rules: EnvironmentRules): readonly string[] {
  const { require } = rules;
  return [
    ...(rules.rehearsal === undefined ? ['a rehearsal of the rollback'] : []),
    ...(rules.windows === undefined ? ['a deployment window'] : []),
    ...(rules.readiness ? [] : ['acknowledgement by monitoring and support']),
    ...(rules.evidence.signers === undefined ? ['a signature under evidence'] : []),
    ...(rules.messages.unsigned === 'accept' ? ['a proof of identity on messages'] : []),
    ...(['smoke', 'performance', 'integrations', 'features'] as const)
      .filter((group) => !require.validation.includes(group))
      .map((group) => `${group} validation`),
    ...(require.availability ? [] : ['measured availability']),
    ...(require.artifactReadBack ? [] : ['reading the artifact back']),
  ];
}

function warningsOf(policy: Policy, rules: EnvironmentRules, could: readonly Fillable[]): readonly ExplainedLine[] {
  const short = shortOf(could);
  const missing = (rulesMissing: typeof short) =>
    rulesMissing.map(({ role, minimum }) => `${minimum} ${role}`).join(', ');
  if (short.length > 0)
    return [
      warning(`nothing can ever be approved: ${missing(short)} too few people, and one person fills one rule`),
      ...trustWarnings(rules),
    ];
  // Requester and authors never approve: without this one person there must still be enough.
  const needed = policy.people.flatMap(({ subject, name }) => {
    const without = shortOf(fillable(rules.approvals.rules, policy.people, new Set([subject])));
    return without.length === 0
      ? []
      : [warning(`what ${name} requests or writes can never be approved: ${missing(without)} too few without them`)];
  });
  return [...needed, ...trustWarnings(rules)];
}

function trustWarnings({ messages, evidence, procedures }: EnvironmentRules): readonly ExplainedLine[] {
  return [
    ...(messages.unsigned === 'accept'
      ? [warning('messages without a proof count: whoever reaches Temporal can speak for anybody')]
      : []),
    ...(evidence.signers === undefined ? [warning('evidence counts unsigned: whoever may submit it is believed')] : []),
    ...(procedures.inline
      ? [warning('procedures may be sent as documents: whoever may request chooses what runs')]
      : []),
  ];
}
