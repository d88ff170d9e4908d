import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parseDuration } from '../../src/domain/duration.ts';
import { startPostgresForSuites } from '../support/empty-store.ts';
import { eventually } from '../support/eventually.ts';
import { startRig } from '../support/rig.ts';
import type { World } from '../support/world.ts';
import { startFailovers } from './failovers.ts';
import { liveThrough } from './outage-life.ts';
import { takeAway } from './outage-of-server.ts';
import { type Outages, type Side, withOutages } from './outages.ts';

// The store goes away at each point of a deployment, one deployment each: `npm run outages -- --for 20s [--hangs | --by kill|stop|failover]`.
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
    /** `2/3`: the second third of the points. */
    shard: { type: 'string', default: '1/1' },
    /** Only points whose names hold one of these words: `raiseFence,publish`. */
    points: { type: 'string', default: '' },
  },
});
const { by } = values;
if (by !== undefined && by !== 'kill' && by !== 'stop' && by !== 'failover')
  throw new Error('--by kill, --by stop or --by failover');
const [shard = 1, shards = 1] = values.shard.split('/').map(Number);
const ms = parseDuration(values.for) ?? Number.NaN;
/** Between the beginnings of two deployments. */
const spacingMs = 2_000;
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
let outages: Outages | undefined;
const rig = await startRig({
  signingKeys: 'own',
  workerStore(real) {
    outages = withOutages(real);
    return outages.store;
  },
});
if (!outages) throw new Error('the rig has no store');
const { hangs } = values;
const found = outages;
const sides: readonly Side[] = ['before', 'after'];

/** All points that a deployment has, from one that the store leaves for a moment at each. */
async function pointsOf(breaks: boolean): Promise<readonly string[]> {
  const plan = { side: 'before', ms: 1, hangs: false } as const;
  const service = breaks ? 'all-broken' : 'all-good';
  const { met } = await liveThrough(rig, found, { service, world: await rig.world(service), breaks, plan });
  return [...met.keys()];
}

let violations = 0;
/** Points that a deployment did not come to this time, such as what a cache had answered. */
let notReached = 0;
try {
  const both = await Promise.all(
    [false, true].map(async (breaks) => (await pointsOf(breaks)).map((point) => ({ breaks, point }))),
  );
  const points = both.flat().flatMap((one) => sides.map((side) => ({ ...one, side })));
  const words = values.points.split(',');
  const wanted = points.filter(({ point }) => words.some((word) => point.includes(word)));
  const all = wanted.filter((_, i) => i % shards === shard - 1);
  const left: ((typeof all)[number] & { readonly service: string; readonly world: World })[] = [];
  // One after the other: what is measured must not begin with a crowd at Temporal's door.
  for (const [i, one] of all.entries()) {
    const service = `life-${i}`;
    left.push({ ...one, service, world: await rig.world(service) });
  }
  print(`${left.length} deployments, the store away for ${values.for} from each of them once`);
  // Each on its own: many that begin at the same moment would show the machine's limits and not the store's absence.
  let turn = Promise.resolve();
  const some = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const { breaks, point, side, service, world } = next;
      turn = turn.then(() => delay(spacingMs));
      await turn;
      await eventually(
        () =>
          rig.store.ping().then(
            () => true,
            () => false,
          ),
        (isThere) => isThere,
      );
      const began = Date.now();
      const strike = by === undefined ? {} : { strike: strikes[by] };
      await failovers?.prepare();
      const plan = { side, ms, hangs, only: point, ...strike };
      const life = await liveThrough(rig, found, { service, world, breaks, plan, aborts: values.abort });
      await failovers?.settle();
      if (!life.met.has(point)) notReached += 1;
      const unanswered = life.met.get(point) ?? 0;
      const seconds = Math.round((Date.now() - began) / 1_000);
      const told = `${side} ${point}: ${life.outcome} after ${seconds} s, ${unanswered} questions without an answer`;
      if (life.undoneMs !== null) print(`  undone ${life.undoneMs} ms after the abort`);
      print(life.cause === null ? told : `${told}, because of ${life.cause.slice(0, 200)}`);
      for (const violation of life.violations) print(`  VIOLATION: ${violation}`);
      violations += life.violations.length;
    }
  };
  await Promise.all(Array.from({ length: by === undefined ? Number(values.at) : 1 }, some));
  print(`${all.length} deployments, ${notReached} of them did not come to their point, ${violations} violations`);
} finally {
  await rig.stop();
  await failovers?.close();
  await postgres.server.remove();
}
process.exitCode = violations === 0 ? 0 : 1;
