import type { EntryType } from '../../src/domain/journal/entries.ts';
import { drawFault } from './faults/index.ts';
import { type Random, randomOf } from './random.ts';

/** A state of a deployment at which something is done; never a time. */
export type Moment =
  | { readonly kind: 'effect'; readonly step: string; readonly undo: boolean; readonly moment: 'arrives' | 'done' }
  | { readonly kind: 'entry'; readonly type: EntryType; readonly phase?: string };

/** One fault as it was drawn: what, when, and how much of it. */
export interface Fault {
  readonly name: string;
  readonly at: Moment;
  /** Its own choices, by name. */
  readonly how: Readonly<Record<string, string | number>>;
}

/** What the people do who may approve. */
export type Script = 'approved' | 'withdrawn-then-approved' | 'rejected' | 'superseded';

export interface PlannedDeployment {
  readonly release: string;
  readonly script: Script;
  readonly steps: readonly StepName[];
  /** Steps that may be repeated although nobody knows whether they were done. */
  readonly retries: boolean;
  readonly faults: readonly Fault[];
}

export type StepName = 'migrate' | 'start-idle' | 'switch' | 'watch' | 'go';

export interface PlannedTarget {
  readonly name: string;
  /** It refuses fences that are older than one it has seen. */
  readonly fenced: boolean;
  /** In the order of their requests. */
  readonly deployments: readonly PlannedDeployment[];
}

/** So many targets live through their faults side by side. */
export interface Round {
  readonly seed: number;
  readonly round: number;
  readonly scale: Scale;
  readonly targets: readonly PlannedTarget[];
}

/** How big a run is, and which kinds of fault it leaves out. */
export interface Scale {
  /** So many targets side by side. */
  readonly targets: number;
  readonly without: readonly string[];
}

const switchArrives: Moment = { kind: 'effect', step: 'switch', undo: false, moment: 'arrives' };

/** Everything that a round will do, from two numbers. */
export function planRound(seed: number, round: number, scale: Scale): Round {
  const { targets, without } = scale;
  return {
    seed,
    round,
    scale,
    targets: Array.from({ length: targets }, (_, i) => planTarget(randomOf(seed, round, i), seed, round, i, without)),
  };
}

function planTarget(random: Random, seed: number, round: number, i: number, without: readonly string[]): PlannedTarget {
  const name = `s${seed}-r${round}-t${i + 1}`;
  const shape = random.int(10);
  // A queue of two; one that nobody approves until a newer one has been confirmed; else one alone.
  const scripts: readonly Script[] =
    shape < 2 ? ['approved', 'approved'] : shape === 2 ? ['superseded', 'approved'] : [scriptOf(random)];
  const deployments = scripts.map((script, at) => planDeployment(random, `2.${i}.${at}`, script, without));
  return { name, fenced: random.percent(40), deployments };
}

function scriptOf(random: Random): Script {
  const share = random.int(100);
  return share < 6 ? 'rejected' : share < 14 ? 'withdrawn-then-approved' : 'approved';
}

function planDeployment(
  random: Random,
  release: string,
  script: Script,
  without: readonly string[],
): PlannedDeployment {
  const steps: StepName[] = [
    ...(random.percent(50) ? ['migrate' as const] : []),
    'start-idle',
    'switch',
    ...(random.percent(25) ? ['go' as const] : []),
    ...(random.percent(70) ? ['watch' as const] : []),
  ];
  const retries = random.percent(60);
  const isActing = script === 'approved' || script === 'withdrawn-then-approved';
  const wanted = isActing ? random.pick([0, 1, 2, 2, 3, 3]) : 0;
  const faults: Fault[] = [];
  for (let tries = 0; faults.length < wanted && tries < 20; tries += 1) {
    const fault = drawFault(random, { steps, faults, without });
    if (fault) faults.push(fault);
  }
  // What is to happen on the way back needs a way back.
  const isOnTheWayBack = faults.some(({ at }) => (at.kind === 'effect' ? at.undo : at.type === 'rollback-started'));
  const turnsBack = faults.some(({ name }) => ['bad-release', 'abort', 'cancel', 'terminate'].includes(name));
  if (isOnTheWayBack && !turnsBack) faults.push({ name: 'bad-release', at: switchArrives, how: {} });
  return { release, script, steps, retries, faults };
}
