import { formatDuration } from '../../base/duration.ts';
import { findPerson } from '../find-person.ts';
import type { EnvironmentRules, Policy } from '../policy.ts';
import type { WindowRules } from '../windows.ts';

/** A rule in words, under the name that it is looked for by. */
export interface RuleInWords {
  readonly name: string;
  readonly text: string;
}

/** Who is in each group, and which roles they have by it. */
export function groupsInWords({ people, groups = {} }: Policy): readonly RuleInWords[] {
  return Object.entries(groups).map(([group, { members, roles }]) => ({
    name: `group ${group}`,
    text: `${members.map((name) => findPerson(people, name)?.name ?? name).join(', ')}${roles.length === 0 ? '' : `, who have ${roles.join(', ')}`}`,
  }));
}

/** Who owns each service, who may request for it, and by which procedures it is deployed. */
export function servicesInWords({ people, services }: Policy): readonly RuleInWords[] {
  const named = (names: readonly string[]) => names.map((name) => findPerson(people, name)?.name ?? name).join(', ');
  return Object.entries(services).map(([service, { owners, requesters, procedures }]) => ({
    name: `service ${service}`,
    text: [
      `owned by ${named(owners)}`,
      `requested by ${requesters ? named(requesters) : 'everybody'}`,
      `deployed by ${procedures ? procedures.join(' or ') : 'any procedure'}`,
    ].join('; '),
  }));
}

/** Whose signature counts, when changes may begin, and what emergencies and standard changes may. */
export function rulesInWords({
  evidence,
  windows,
  emergency,
  standard = [],
}: EnvironmentRules): readonly RuleInWords[] {
  return [
    ...(evidence.signers ?? []).map(({ name, algorithm, keyId, stages }) => ({
      name: `signer ${name}`,
      text: `${stages.join(', ')}, by ${algorithm} key ${keyId}`,
    })),
    ...(windows ? windowsInWords(windows) : []),
    ...(emergency ? [{ name: 'emergency', text: emergencyInWords(emergency) }] : []),
    ...standard.map(({ service, procedure, digest, approvedBy, until }) => ({
      name: 'standard change',
      text: `${procedure} (${digest}) for ${service}, approved by ${approvedBy.join(', ')} until ${until}`,
    })),
  ];
}

function windowsInWords({ timeZone, allow, freezes, runway }: WindowRules): readonly RuleInWords[] {
  const since = (from: string | undefined) => (from === undefined ? '' : ` from ${from}`);
  const left = runway === 'plan' ? "the plan's own time" : runway === 'typical' ? 'what runs typically take' : null;
  const runwayText = left ?? (typeof runway === 'number' && runway > 0 ? formatDuration(runway) : null);
  return [
    ...allow.map(({ rrule, from, start, end }) => ({
      name: 'window',
      text: `${rrule}${since(from)}, ${start} to ${end} in ${timeZone}`,
    })),
    ...(runwayText === null ? [] : [{ name: 'runway', text: `${runwayText} left of the window at the start` }]),
    ...freezes.map((freeze) => ({
      name: 'freeze',
      text:
        'rrule' in freeze
          ? `${freeze.rrule}${since(freeze.from)}, ${freeze.start} to ${freeze.end}: ${freeze.reason}`
          : `${freeze.from} to ${freeze.until}: ${freeze.reason}`,
    })),
  ];
}

function emergencyInWords({ role, waives, review }: NonNullable<EnvironmentRules['emergency']>): string {
  const waived = waives.length === 0 ? 'waives nothing' : `waives ${waives.join(', ')}`;
  const next = review.blocksNext ? 'the next change waits for it' : 'the next change does not wait for it';
  return `approved by ${role}; ${waived}; reviewed within ${formatDuration(review.within)}, and ${next}`;
}

/** Settings of a kind of notifier: `host mail.example, port 587`. */
export function settingsInWords(settings: object): string {
  return leaves(settings)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function leaves(value: object, prefix = ''): readonly (readonly [string, string])[] {
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    if (member === null || typeof member !== 'object') return [[`${prefix}${key}`, String(member)] as const];
    return leaves(member, `${prefix}${key}.`);
  });
}
