import { formatDuration } from '../../base/duration.ts';
import { findPerson } from '../find-person.ts';
import type { Person } from '../people-schema.ts';
import type { EnvironmentRules, Policy } from '../policy.ts';
import type { WindowRules } from '../windows-schema.ts';

/** A rule in words, under the name that it is looked for by. */
export type RuleInWords = readonly [name: string, text: string];

/** Who is in each group, and which roles they have by it. */
export function groupsInWords({ people, groups = {} }: Policy): readonly RuleInWords[] {
  return Object.entries(groups).map(([group, { members, roles }]) => [
    `group ${group}`,
    `${namesOf(people, members)}${roles.length === 0 ? '' : `, who have ${roles.join(', ')}`}`,
  ]);
}

/** Who owns each service, who may request for it, and by which procedures it is deployed. */
export function servicesInWords({ people, services }: Policy): readonly RuleInWords[] {
  return Object.entries(services).map(([service, { owners, requesters, procedures }]) => {
    const who = requesters ? namesOf(people, requesters) : 'everybody';
    const how = procedures ? procedures.join(' or ') : 'any procedure';
    return [`service ${service}`, `owned by ${namesOf(people, owners)}; requested by ${who}; deployed by ${how}`];
  });
}

const namesOf = (people: readonly Person[], names: readonly string[]) =>
  names.map((name) => findPerson(people, name)?.name ?? name).join(', ');

/** Whose signature counts, when changes may begin, and what emergencies and standard changes may. */
export function rulesInWords(rules: EnvironmentRules): readonly RuleInWords[] {
  const { evidence, windows, emergency, standard = [] } = rules;
  return [
    ...(evidence.signers ?? []).map((signer): RuleInWords => {
      const { name, stages } = signer;
      if (signer.algorithm !== 'sigstore')
        return [`signer ${name}`, `${stages.join(', ')}, by ${signer.algorithm} key ${signer.keyId}`];
      const { identity, issuer, attests } = signer;
      return [
        `signer ${name}`,
        `${stages.join(', ')}, as ${identity} of ${issuer}, who attests ${attests.join(' or ')}`,
      ];
    }),
    ...(windows ? windowsInWords(windows) : []),
    ...(emergency ? [['emergency', emergencyInWords(emergency)] as const] : []),
    ...standard.map(({ service, procedure, digest, approvedBy, until }): RuleInWords => {
      const approved = `approved by ${approvedBy.join(', ')} until ${until}`;
      return ['standard change', `${procedure} (${digest}) for ${service}, ${approved}`];
    }),
  ];
}

function windowsInWords({ timeZone, allow, freezes, runway }: WindowRules): readonly RuleInWords[] {
  const left = runway === 'plan' ? "the plan's own time" : runway === 'typical' ? 'what runs typically take' : null;
  const runwayText = left ?? (typeof runway === 'number' && runway > 0 ? formatDuration(runway) : null);
  return [
    ...allow.map((window): RuleInWords => ['window', `${daysInWords(window)} in ${timeZone}`]),
    ...(runwayText === null ? [] : [['runway', `${runwayText} left of the window at the start`] as const]),
    ...freezes.map((freeze): RuleInWords => {
      const time = 'rrule' in freeze ? daysInWords(freeze) : `${freeze.from} to ${freeze.until}`;
      return ['freeze', `${time}: ${freeze.reason}`];
    }),
  ];
}

function daysInWords({ rrule, from, start, end }: WindowRules['allow'][number]): string {
  return `${rrule}${from === undefined ? '' : ` from ${from}`}, ${start} to ${end}`;
}

function emergencyInWords({ role, waives, review }: NonNullable<EnvironmentRules['emergency']>): string {
  const waived = waives.length === 0 ? 'waives nothing' : `waives ${waives.join(', ')}`;
  const next = review.blocksNext ? 'the next change waits for it' : 'the next change does not wait for it';
  return `approved by ${role}; ${waived}; reviewed within ${formatDuration(review.within)}, and ${next}`;
}

/** Settings of a kind of notifier: `host mail.example, port 587`. */
export function settingsInWords(settings: object): string {
  return leaves(settings).join(', ');
}

function leaves(value: object, prefix = ''): readonly string[] {
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) =>
    member !== null && typeof member === 'object'
      ? leaves(member, `${prefix}${key}.`)
      : [`${prefix}${key} ${String(member)}`],
  );
}
