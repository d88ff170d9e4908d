import type { Robot } from '../robots-schema.ts';
import type { RuleInWords } from './rules.ts';

/** A robot: what it may, and of which runs it is known. */
export function robotInWords({ name, subject, may, claims }: Robot): RuleInWords {
  const known = Object.entries(claims ?? {}).map(([claim, value]) => `${claim} ${String(value)}`);
  const runs = known.length === 0 ? '' : `; by a token of its CI for runs with ${known.join(', ')}`;
  return [`robot ${name} (${subject})`, `may ${may.join(', ') || 'read'}${runs}`];
}

/** Claims that keep runs of other branches apart. */
const places = ['ref', 'ref_path', 'ref_protected', 'environment', 'environment_protected', 'sub'];

/** What of a robot may surprise. */
export function robotWarnings({ name, may, claims }: Robot): readonly string[] {
  return [
    ...(may.includes('request')
      ? [`${name} may request: whoever holds its token chooses the person on whose behalf, who may not approve`]
      : []),
    ...(claims && may.length > 0 && !places.some((place) => Object.hasOwn(claims, place))
      ? [`${name} is a run of any branch or tag: its claims name neither ref nor environment`]
      : []),
  ];
}
