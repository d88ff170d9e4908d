import type { EffectLine, InitialLine, LogLine } from './effect-log.ts';

/** What was promised and did not hold. `lines` is the excerpt of the log that shows it. */
export interface Violation {
  readonly rule: string;
  readonly target: string;
  readonly deployment: string | null;
  readonly what: string;
  readonly lines: readonly LogLine[];
}

type Rule = (effects: readonly EffectLine[], initial: InitialLine | undefined) => readonly Omit<Violation, 'target'>[];

/** What the log of the target alone can tell, target by target. */
export function checkLog(lines: readonly LogLine[]): readonly Violation[] {
  const targets = [...new Set(lines.map(({ target }) => target))];
  return targets.flatMap((target) => {
    const own = lines.filter((line) => line.target === target);
    const effects = own.filter((line): line is EffectLine => line.kind === 'effect');
    const initial = own.find((line): line is InitialLine => line.kind === 'initial');
    return rules.flatMap((rule) => rule(effects, initial).map((found) => ({ target, ...found })));
  });
}

/** The same step of the same deployment changes the target once, and so does its compensation. */
const noEffectTwice: Rule = (effects) => {
  const changes = effects.filter(({ changed }) => changed);
  return keysOf(changes).flatMap((key) => {
    const same = changes.filter((line) => line.key === key);
    const [first] = same;
    if (!first || same.length < 2) return [];
    return [
      {
        rule: 'effect-twice',
        deployment: first.deployment,
        what: `${key} took effect ${same.length} times`,
        lines: same,
      },
    ];
  });
};

/** From a deployment's first request to its last effect nobody else's is under way. */
const noOverlap: Rule = (effects) => {
  const spans = deploymentsOf(effects).map((deployment) => {
    const own = effects.filter((line) => line.deployment === deployment);
    const begin = Math.min(...own.map((line) => line.begin));
    return { deployment, begin, end: Math.max(...own.map((line) => line.end)) };
  });
  return spans.flatMap((a, i) =>
    spans.slice(i + 1).flatMap((b) => {
      if (a.end <= b.begin || b.end <= a.begin) return [];
      const both = effects.filter(({ deployment }) => deployment === a.deployment || deployment === b.deployment);
      const what = `${a.deployment} and ${b.deployment} acted at the same time`;
      return [{ rule: 'overlap', deployment: a.deployment, what, lines: both }];
    }),
  );
};

/** Fences rise with every grant, so an effect never carries a lower one than an effect before it. */
const fencesRise: Rule = (effects) => {
  let highest: EffectLine | undefined;
  return effects.flatMap((line) => {
    const before = highest;
    if (!before || line.fence >= before.fence) highest = line;
    if (!before || line.fence >= before.fence) return [];
    const what = `fence ${line.fence} acted after fence ${before.fence}`;
    return [{ rule: 'fence-back', deployment: line.deployment, what, lines: [before, line] }];
  });
};

/** A fence is granted to one deployment. */
const fencesAreOwn: Rule = (effects) =>
  [...new Set(effects.map(({ fence }) => fence))].flatMap((fence) => {
    const lines = effects.filter((line) => line.fence === fence);
    const holders = deploymentsOf(lines);
    const [deployment = null] = holders;
    if (holders.length < 2) return [];
    return [{ rule: 'fence-shared', deployment, what: `fence ${fence} was used by ${holders.join(', ')}`, lines }];
  });

/** Compensations run backwards, and no step is begun once one of them has been. */
const undoneBackwards: Rule = (effects) =>
  deploymentsOf(effects).flatMap((deployment) => {
    const own = effects.filter((line) => line.deployment === deployment);
    const undos = own.filter(({ undo }) => undo);
    const first = undos[0];
    if (!first) return [];
    const late = own.filter(({ undo, begin }) => !undo && begin > first.begin);
    const placeOf = (step: string) => own.findIndex((line) => !line.undo && line.step === step);
    const places = undos.map(({ step }) => placeOf(step)).filter((place) => place >= 0);
    const isBackwards = places.every((place, i) => place <= (places[i - 1] ?? place));
    return [
      ...(late.length > 0
        ? [{ rule: 'step-after-undo', deployment, what: 'a step was begun after a compensation', lines: own }]
        : []),
      ...(isBackwards ? [] : [{ rule: 'undo-order', deployment, what: 'compensations ran forwards', lines: own }]),
    ];
  });

/** Whatever happens, the slot that serves is one that runs. */
const alwaysServes: Rule = (effects) =>
  effects
    .filter(({ serves }) => serves.release === null)
    .map((line) => ({
      rule: 'serves-nothing',
      deployment: line.deployment,
      what: `after ${line.what} the slot ${line.serves.slot} serves and does not run`,
      lines: [line],
    }));

/** A deployment acts upon one artifact. */
const oneDigest: Rule = (effects) =>
  deploymentsOf(effects).flatMap((deployment) => {
    const lines = effects.filter((line) => line.deployment === deployment && line.digest !== null);
    const digests = [...new Set(lines.map(({ digest }) => digest))];
    if (digests.length < 2) return [];
    return [{ rule: 'digest-changed', deployment, what: `it acted upon ${digests.join(' and ')}`, lines }];
  });

const rules: readonly Rule[] = [
  noEffectTwice,
  noOverlap,
  fencesRise,
  fencesAreOwn,
  undoneBackwards,
  alwaysServes,
  oneDigest,
];

function keysOf(lines: readonly EffectLine[]): readonly string[] {
  return [...new Set(lines.map(({ key }) => key))];
}

function deploymentsOf(lines: readonly EffectLine[]): readonly string[] {
  return [...new Set(lines.map(({ deployment }) => deployment))];
}
