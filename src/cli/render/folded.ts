import type { components } from '../../contract/paths.ts';

type Difference = components['schemas']['Difference'];

const own = ['/release', '/artifact/uri', '/artifact/digest'];

/** Leaves out what only repeats the release, its artifact and the digests of its evidence somewhere else. */
export function fold(changed: readonly Difference[]) {
  const tokens = changed
    .filter(({ pointer }) => own.includes(pointer))
    .flatMap(({ before, after }) =>
      typeof before === 'string' && typeof after === 'string' ? [{ before, after }] : [],
    )
    .sort((a, b) => b.before.length - a.before.length);
  const follows = ({ pointer, before, after }: Difference) =>
    !own.includes(pointer) &&
    before !== undefined &&
    after !== undefined &&
    tokens.length > 0 &&
    tokens.reduce((text, token) => text.replaceAll(token.before, token.after), JSON.stringify(before)) ===
      JSON.stringify(after);
  const isEvidence = ({ pointer }: Difference) => pointer.startsWith('/evidence/');
  const rest = changed.filter((one) => !isEvidence(one));
  return {
    shown: rest.filter((one) => !follows(one)),
    /** How many only repeat the new release or artifact in other places. */
    following: rest.filter(follows).length,
    /** How many are new evidence. */
    evidence: changed.length - rest.length,
  };
}

/** What was left out, in words; empty where nothing was. */
export function foldedWords({
  following,
  evidence,
}: Pick<ReturnType<typeof fold>, 'following' | 'evidence'>): readonly string[] {
  const places = (n: number) => `${n} ${n === 1 ? 'place' : 'places'}`;
  return [
    ...(following === 0 ? [] : [`${places(following)} with the new release or its artifact`]),
    ...(evidence === 0 ? [] : [`${places(evidence)} with evidence of it`]),
  ];
}
