import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parseDuration } from '../../src/domain/base/duration.ts';
import { usualSlots } from '../../src/domain/base/task-queues.ts';
import { startPostgresForSuites } from '../support/empty-store.ts';
import { eventually } from '../support/eventually.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { startRig } from '../support/rig.ts';
import type { World } from '../support/world.ts';
import { startFailovers } from './failovers.ts';
import { gather } from './gathering.ts';
import { type Gate, liveThrough, type OutageLife, type OutageTry } from './outage-life.ts';
import { takeAway } from './outage-of-server.ts';
import { type Outages, type Side, withOutages } from './outages.ts';

// The store goes away at each point of a deployment, one deployment each: `npm run outages -- --for 20s [--hangs | --by kill|stop|failover [--together]]`.
const { values } = parseArgs({
  options: {
    for: { type: 'string', default: '20s' },
    /** It says nothing, in place of refusing. */
    hangs: { type: 'boolean', default: false },
    /** Each is aborted at that moment. */
    abort: { type: 'boolean', default: false },
    /** So many deployments side by side. */
    at: { type: 'string', default: '8' },
    /** The real server goes away, for everybody, so that they are carried out one after the other. */
    by: { type: 'string' },
    /** It goes away once for all that are side by side, when each has come to its own point. */
    together: { type: 'boolean', default: false },
    /** `2/3`: the second third of the points. */
    shard: { type: 'string', default: '1/1' },
    /** Only points whose names hold one of these words: `raiseFence,publish`. */
    points: { type: 'string', default: '' },
  },
});
const { by } = values;
if (by !== undefined && by !== 'kill' && by !== 'stop' && by !== 'failover')
  throw new Error('--by kill, --by stop or --by failover');
const { hangs, together, abort: aborts } = values;
if (together && by === undefined) throw new Error('--together goes with --by');
const [shard = 1, shards = 1] = values.shard.split('/').map(Number);
const ms = parseDuration(values.for) ?? Number.NaN;
/** Between the beginnings of two deployments. */
const spacingMs = 2_000;
/** Nobody new has come to a gate for so long: those that are there go on, in milliseconds. */
const gateMs = 60_000;
/** As long as the first one waits at its point for the others, in milliseconds. Attempts that end meanwhile come to it again. */
const pointMs = 90_000;
/** Policy of those that are together: what they waited at their points is not to count against their patience. */
const patient = { ...testPolicy, environments: { production: { ...rules, limits: { store: '3m' } } } };
const print = (line: string) => process.stdout.write(`${line}\n`);

const postgres = await startPostgresForSuites();
const ownPort = Number(new URL(postgres.address).port);
const failovers = by === 'failover' ? await startFailovers(postgres.server, ownPort) : null;
const { port } = failovers ?? { port: ownPort };
process.env['GANTRY_TEST_POSTGRES'] = Object.assign(new URL(postgres.address), { port }).href;
const strikes = {
  kill: () => takeAway(postgres.server, 'kill', ms),
  stop: () => takeAway(postgres.server, 'stop', ms),
  failover: async () => failovers?.strike(ms),
};
const strike = by && strikes[by];
let outages: Outages | undefined;
const rig = await startRig({
  signingKeys: 'own',
  // All that wait have a place.
  ...(together && { policy: patient, slots: { ...usualSlots, main: 1_000, actions: 1_000, rollback: 1_000 } }),
  workerStore(real) {
    outages = withOutages(real);
    return outages.store;
  },
});
if (!outages) throw new Error('the rig has no store');
const found = outages;
const sides: readonly Side[] = ['before', 'after'];

interface Point {
  readonly breaks: boolean;
  readonly point: string;
  readonly side: Side;
  /** The last one before it. */
  readonly gate: Gate;
  /** From there, in milliseconds. */
  readonly farMs: number;
}

interface Try extends Point {
  readonly service: string;
  readonly world: World;
}

/** All points that a deployment has, from one that the store leaves for a moment at each. */
async function pointsOf(breaks: boolean): Promise<readonly Omit<Point, 'side'>[]> {
  const plan = { side: 'before', ms: 1, hangs: false } as const;
  const service = breaks ? 'all-broken' : 'all-good';
  const passed: { readonly gate: Gate; readonly at: number }[] = [];
  const gate = async (one: Gate) => void passed.push({ gate: one, at: Date.now() });
  const { met, seen } = await liveThrough(rig, found, { service, world: await rig.world(service), breaks, plan, gate });
  return [...met.keys()].map((point) => {
    const at = seen.get(point) ?? 0;
    const last = passed.filter((one) => one.at <= at).at(-1);
    return { breaks, point, gate: last?.gate ?? 'request', farMs: at - (last?.at ?? at) };
  });
}

/** In this order, so that those which begin together come to their points together. */
const gates: readonly Gate[] = ['request', 'approval', 'start', 'switch'];
const byPlace = (a: Point, b: Point) => gates.indexOf(a.gate) - gates.indexOf(b.gate) || a.farMs - b.farMs;

let violations = 0;
/** Points that a deployment did not come to this time, such as what a cache had answered. */
let notReached = 0;
const outcomes = new Map<string, number>();

function report({ side, point }: Try, life: OutageLife, began: number): void {
  const isReached = life.met.has(point);
  if (!isReached) notReached += 1;
  const seconds = Math.round((Date.now() - began) / 1_000);
  const unanswered = isReached ? `${life.met.get(point)} questions without an answer` : 'not come to its point';
  const told = `${side} ${point}: ${life.outcome} after ${seconds} s, ${unanswered}`;
  if (life.undoneMs !== null) print(`  undone ${life.undoneMs} ms after the abort`);
  print(life.cause === null ? told : `${told}, because of ${life.cause.slice(0, 200)}`);
  for (const violation of life.violations) print(`  VIOLATION: ${violation}`);
  violations += life.violations.length;
  const { kind: cause = '', code = '' } = JSON.parse(life.cause ?? '{}') as { kind?: string; code?: string };
  const kind = `${life.outcome} ${cause} ${code}`.trim();
  outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
}

/** One that the tool itself fails at ends no other one. */
async function live(one: Try, how: Pick<OutageTry, 'plan' | 'gate'>): Promise<void> {
  const { service, world, breaks } = one;
  const began = Date.now();
  try {
    report(one, await liveThrough(rig, found, { service, world, breaks, aborts, ...how }), began);
  } catch (error) {
    print(`${one.side} ${one.point}:\n  VIOLATION: ${String(error)}`);
    violations += 1;
  }
}

const isThere = () =>
  rig.store.ping().then(
    () => true,
    () => false,
  );

/** Each on its own, so many side by side: what begins at the same moment would show the machine's limits and not the store's absence. */
async function liveApart(tries: readonly Try[], sideBySide: number): Promise<void> {
  const left = [...tries];
  let turn = Promise.resolve();
  const some = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const { point, side } = next;
      turn = turn.then(() => delay(spacingMs));
      await turn;
      await eventually(isThere, Boolean);
      await failovers?.prepare();
      await live(next, { plan: { side, ms, hangs, only: point, ...(strike && { strike }) } });
      await failovers?.settle();
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, some));
}

/** All are brought to their gates, go on to their points at the same moment, and are kept there until the one strike. */
async function liveTogether(tries: readonly Try[], strikeAll: () => Promise<void>): Promise<void> {
  const began = Date.now();
  const since = () => `${Math.round((Date.now() - began) / 1_000)} s`;
  let atTheirs = 0;
  const expected = tries.length;
  const farthestMs = Math.max(...tries.map(({ farMs }) => farMs));
  const gathering = gather({
    expected,
    gateMs,
    pointMs,
    strike() {
      print(`${atTheirs} of ${expected} are at their points after ${since()}: the store goes away`);
      return strikeAll();
    },
  });
  await eventually(isThere, Boolean);
  await failovers?.prepare();
  const begin = async (one: Try, i: number) => {
    await delay((i * spacingMs) / 4);
    const { side, point: only } = one;
    let struck: Promise<void> | null = null;
    const atPoint = () => {
      if (!struck) atTheirs += 1;
      struck ??= gathering.atPoint();
      return struck;
    };
    const plan = { side, ms, hangs, only, strike: atPoint, isOpen: () => gathering.isOpen() };
    const gate = async (at: Gate) => {
      if (at !== one.gate) return;
      await gathering.atGate();
      await delay(farthestMs - one.farMs);
    };
    await live(one, { plan, gate });
  };
  await Promise.all(tries.map(begin));
  await failovers?.settle();
}

try {
  const both = await Promise.all([false, true].map(pointsOf));
  const points = both.flat().flatMap((one) => sides.map((side) => ({ ...one, side })));
  const words = values.points.split(',');
  const wanted = points.filter(({ point }) => words.some((word) => point.includes(word)));
  const all = wanted.filter((_, i) => i % shards === shard - 1);
  const tries: Try[] = [];
  // One after the other: what is measured must not begin with a crowd at Temporal's door.
  for (const [i, one] of all.entries()) {
    const service = `life-${i}`;
    tries.push({ ...one, service, world: await rig.world(service) });
  }
  print(`${tries.length} deployments, the store away for ${values.for} from each of them once`);
  const at = Number(values.at);
  if (strike && together) {
    const ordered = tries.toSorted(byPlace);
    for (let i = 0; i < ordered.length; i += at) await liveTogether(ordered.slice(i, i + at), strike);
  } else await liveApart(tries, by === undefined ? at : 1);
  print(`${all.length} deployments, ${notReached} of them did not come to their point, ${violations} violations`);
  for (const [kind, count] of outcomes) print(`  ${count} ${kind}`);
} finally {
  await rig.stop();
  await failovers?.close();
  await postgres.server.remove();
}
// Node was seen to spin for ever in taking itself apart, over a connection that was half closed.
process.once('exit', () => process.exit());
process.exitCode = violations === 0 ? 0 : 1;
