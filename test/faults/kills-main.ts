import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Kind, kinds, liveWhileKilled, pointsOfApi, pointsOfPush } from './kill-life.ts';
import { type KillStage, startKillStage, type Victim } from './kill-stage.ts';

// kill -9 of the worker or the API at each point of deployments that tell people and repositories what becomes of them:
// `npm run kills`.
const { values } = parseArgs({
  options: {
    /** `worker` or `api`. */
    of: { type: 'string', default: 'worker' },
    /** So many installations side by side; each lives through one deployment at a time. */
    at: { type: 'string', default: '1' },
    /** `2/3`: the second third of the points. */
    shard: { type: 'string', default: '1/1' },
    /** Only points whose names hold one of these words: `notify,page`. */
    points: { type: 'string', default: '' },
    /** Only deployments of these kinds: `good,broken,late`. */
    kinds: { type: 'string', default: kinds.join() },
    /** What a run printed that did not come to its end: points that it has taken are left out. */
    resume: { type: 'string' },
    /** Also those points that deployments of an earlier kind come to. */
    all: { type: 'boolean', default: false },
    /** So many kills in one deployment, as far apart as there are points. */
    each: { type: 'string', default: '1' },
    /** Only lists the points. */
    list: { type: 'boolean', default: false },
    /** No deployment is begun after so many seconds. */
    seconds: { type: 'string', default: '36000' },
  },
});
const victim = values.of;
if (victim !== 'worker' && victim !== 'api') throw new Error('--of worker or --of api');
const [shard = 1, shards = 1] = values.shard.split('/').map(Number);
const print = (line: string) => process.stdout.write(`${line}\n`);

interface Life {
  readonly kind: Kind;
  readonly service: string;
  readonly points: readonly string[];
}

const stages = await startStages(Number(values.at));
const began = Date.now();
let violations = 0;
let taken = 0;
let notReached = 0;
try {
  const [first] = stages;
  if (!first) throw new Error('--at 1 or more');
  const wanted = kinds.filter((kind) => values.kinds.split(',').includes(kind));
  const references = await inTurn(wanted, async (stage, kind) => pointsOf(stage, kind, victim));
  const done = new Set(values.resume === undefined ? [] : pointsIn(await readFile(values.resume, 'utf8')));
  const lives = wanted
    .flatMap((kind, i) => {
      const earlier = values.all ? [] : references.slice(0, i).flat();
      return livesOf(
        kind,
        (references[i] ?? []).filter((point) => !earlier.includes(point) && !done.has(`${kind} ${point}`)),
      );
    })
    .filter((_, i) => i % shards === shard - 1);
  const count = lives.reduce((sum, { points }) => sum + points.length, 0);
  print(`${count} points of the ${victim} in ${lives.length} deployments`);
  if (values.list) for (const { kind, points } of lives) for (const point of points) print(`${kind} ${point}`);
  else
    await inTurn(lives, async (stage, life) => {
      if (Date.now() - began > Number(values.seconds) * 1_000) return;
      const since = Date.now();
      const { struck, outcome, isAcknowledged, violations: found } = await liveWhileKilled(stage, { ...life, victim });
      const seconds = Math.round((Date.now() - since) / 1_000);
      for (const point of life.points)
        print(`${life.kind} ${point}: ${struck.includes(point) ? outcome : 'not reached'}`);
      print(
        `  ${life.service}: ${outcome} after ${seconds} s, ${struck.length} kills${isAcknowledged ? ', its page acknowledged' : ''}`,
      );
      for (const violation of found) print(`  VIOLATION: ${violation}`);
      taken += struck.length;
      notReached += life.points.length - struck.length;
      violations += found.length;
    });
  print(
    `${taken} points, ${violations} violations (${notReached} points not reached, ${Math.round((Date.now() - began) / 1_000)} s)`,
  );
} finally {
  await Promise.allSettled(stages.map((stage) => stage.stop()));
}
// Node was seen to spin for ever in taking itself apart, over a connection that was half closed.
process.once('exit', () => process.exit());
process.exitCode = violations === 0 ? 0 : 1;

/** What was taken, of lines such as `good target: timer-fired 1: succeeded`. */
function pointsIn(printed: string): readonly string[] {
  return printed.split('\n').flatMap((line) => {
    const [, point, outcome] = /^((?:good|broken|late) .+): (\S.*)$/.exec(line) ?? [];
    return point === undefined || outcome === 'not reached' ? [] : [point];
  });
}

async function startStages(count: number): Promise<readonly KillStage[]> {
  const all: KillStage[] = [];
  for (let i = 0; i < count; i += 1) all.push(await startKillStage());
  return all;
}

/** Each installation takes the next one as soon as it is free. */
async function inTurn<One, Answer>(
  all: readonly One[],
  work: (stage: KillStage, one: One) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const left = [...all.entries()];
  const answers: Answer[] = [];
  await Promise.all(
    stages.map(async (stage) => {
      for (let next = left.shift(); next; next = left.shift()) answers[next[0]] = await work(stage, next[1]);
    }),
  );
  return answers;
}

/** All points that a deployment of this kind comes to while nobody is killed. */
async function pointsOf(stage: KillStage, kind: Kind, killed: Victim): Promise<readonly string[]> {
  const life = await liveWhileKilled(stage, { service: `all-${kind}`, kind, victim: killed, points: [] });
  for (const violation of life.violations) print(`  VIOLATION where nobody was killed: ${violation}`);
  violations += life.violations.length;
  const held = killed === 'api' ? pointsOfApi : kind === 'late' ? pointsOfPush.slice(0, 1) : pointsOfPush;
  return [...new Set([...life.met, ...held])];
}

/** Kills of one deployment are as far apart as they can be. */
function livesOf(kind: Kind, all: readonly string[]): readonly Life[] {
  const words = values.points.split(',');
  const points = all.filter((point) => words.some((word) => point.includes(word)));
  const count = Math.ceil(points.length / Number(values.each));
  return Array.from({ length: count }, (_, i) => ({
    kind,
    service: `${kind}-${i + 1}`,
    points: points.filter((_, k) => k % count === i),
  }));
}
