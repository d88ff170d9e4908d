// Changes the rules in one place after the other and asks the unit tests to notice: `npm run test:mutation [-- FILE…]`.
import { readdir, readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import { look } from '../test/mutation/look.ts';
import { diedTwice, digestOf, openProgress } from '../test/mutation/progress.ts';
import { compare, nameOf, survivorsSchema } from '../test/mutation/survivors.ts';

/** The rules that nobody may loosen unnoticed: folders, or files of one. */
const rules = {
  'src/activities/effects': ['approvals', 'guard'],
  'src/domain/deployment': [
    'acknowledgements',
    'approvals',
    'decide-message',
    'decision',
    'excluded-approvers',
    'removed-approvers',
    'start-expiry',
  ],
  'src/domain/evidence': 'all',
  'src/domain/gates': 'all',
  'src/domain/health': ['failure-window'],
  'src/domain/messages': ['abort-by-robot', 'proof', 'taken-without-proof', 'warrant'],
  'src/domain/plan': ['standing-approval-still-stands'],
  'src/domain/planning': ['check-opening'],
  'src/domain/policy': [
    'emergency',
    'freezes-by-people',
    'not-required',
    'operators',
    'quorum',
    'standing-approvals',
    'windows-schema',
  ],
  'src/domain/policy/calendar': 'all',
  'src/domain/record': ['change-conditions', 'gate-rows', 'certifying-statement', 'not-required'],
  'src/domain/target': ['adoption', 'ended-deployments', 'lock', 'open-deployments', 'queue', 'repair', 'supersede'],
  'src/domain/trust': 'all',
};

/** Of the mutants of a folder: fewer killed are a fault, however well those that are left are explained. */
const leastShare = 0.95;

const root = fileURLToPath(new URL('..', import.meta.url));
/** What else the machine does goes first. */
setPriority(15);
// What its processes were at when they are ended with it is no finding.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

async function filesOf([folder, names]) {
  const all = names === 'all' ? await readdir(join(root, folder)) : names.map((name) => `${name}.ts`);
  return all.filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`);
}
const given = process.argv.slice(2);
const files = given.length > 0 ? given : (await Promise.all(Object.entries(rules).map(filesOf))).flat();
const sources = new Map();
for (const file of files) sources.set(file, await readFile(join(root, file), 'utf8'));

const fromOne = ({ line, column }) => ({ line: line + 1, column: column + 1 });
const silent = { debug() {}, info() {}, warn() {}, isDebugEnabled: () => false };
const instrumented = await new Instrumenter(silent).instrument(
  [...sources].map(([name, content]) => ({ name: join(root, name), content, mutate: true })),
  // Literals are words and lists: what they say is for the tests of views.
  { plugins: null, ignorers: [], excludedMutations: ['StringLiteral', 'ObjectLiteral', 'ArrayDeclaration'] },
);
/** Without those that are left out; lines and columns begin with 1. */
const all = instrumented.mutants.flatMap(({ location: { start, end }, ...mutant }) =>
  mutant.status === 'Ignored' ? [] : [{ ...mutant, location: { start: fromOne(start), end: fromOne(end) } }],
);
const mutated = new Map(instrumented.files.map(({ name, content }) => [name, content]));

const started = Date.now();
const progress = openProgress(join(root, '.mutation/progress.ndjson'), await digestOf(root, given));
const say = (text) => process.stdout.write(`${text}\n`);
const sinceStart = () => `${Math.round((Date.now() - started) / 1000)} s`;
if (progress.findings.length > 0) say(`== goes on after ${progress.findings.length} files of tests`);

const beside = ({ fileName }) => fileName.replace(join(root, 'src'), join(root, 'test/unit'));
// Tests that are named like a rule, and then those beside it, kill nearly all: all tests of rules look for what these leave.
// Those of whatever input there is (`.property.test.ts`) take their time: they look for what all others leave, at last.
const looks = [
  (mutant) => beside(mutant).replace(/\.ts$/, '.test.ts'),
  (mutant) => `${dirname(beside(mutant))}/`,
  () => join(root, 'test/unit/'),
];
const seenIn = (findings, which) => findings.flatMap(({ seen }) => seen?.[which] ?? []);
const diedIn = (findings) => diedTwice(findings).flatMap(({ mutant, isClear }) => (isClear ? [mutant] : []));
let living = all;
let faults = 0;
for (const [number, near] of looks.entries()) {
  if (living.length === 0) break;
  say(`== look ${number + 1}: ${living.length} of ${all.length} mutants are left`);
  const done = looks[number - 1] ?? (() => null);
  const isLast = number === looks.length - 1;
  const wantedOf = (mutant) => ({ near: near(mutant), done: done(mutant), isLast });
  const mutants = Object.fromEntries(living.map((mutant) => [mutant.id, wantedOf(mutant)]));
  const onFile = (file, left) => say(`${sinceStart()}: ${left} left after ${file}`);
  for (const file of await look({ root, number, mutants, mutated, progress, onFile })) {
    say(`did not end: ${file}`);
    faults += 1;
  }
  const own = progress.findings.filter((finding) => finding.look === number);
  const found = new Set([...seenIn(own, 'killed'), ...diedIn(own)]);
  living = living.filter(({ id }) => !found.has(id));
}

const idsOf = (which) => new Set(seenIn(progress.findings, which));
const [covered, atLoad, endless] = ['covered', 'atLoad', 'endless'].map(idsOf);
const died = new Set(diedIn(progress.findings));
const unclear = new Set([...idsOf('unclear'), ...diedTwice(progress.findings).map(({ mutant }) => mutant)]);
// What a module makes of itself as it is loaded has happened once all is loaded.
const tested = all.filter(({ id }) => covered.has(id) || died.has(id) || !atLoad.has(id));
const alive = new Set(living);
const isAlive = (mutant) => alive.has(mutant);

const explained = survivorsSchema.parse(JSON.parse(await readFile(join(root, 'test/mutation/survivors.json'), 'utf8')));
// A file that is gone, or is none of the rules any more, has nothing to explain.
const measured = new Set([...files, ...(given.length > 0 ? [] : Object.keys(explained))]);

for (const name of new Set(progress.findings.flatMap((finding) => finding.failing ?? []))) {
  say(`fails without any mutant: ${name}`);
  faults += 1;
}
const percentOf = (killed, of) => (of > 0 ? `${((100 * killed) / of).toFixed(1)} %` : '');
for (const file of [...measured].sort((a, b) => a.localeCompare(b))) {
  const own = tested.filter(({ fileName }) => fileName === join(root, file));
  const left = own
    .filter(isAlive)
    .map((mutant) => ({ ...nameOf(sources.get(file), mutant), line: mutant.location.start.line, id: mutant.id }));
  const { unexplained, outdated } = compare(left, explained[file] ?? []);
  const killed = own.length - left.length;
  say(`${file}: ${own.length} mutants, ${killed} killed ${percentOf(killed, own.length)}`);
  for (const { line, id, ...name } of unexplained) {
    const how = unclear.has(id) ? 'unclear' : covered.has(id) ? 'survived' : 'not covered';
    say(`  ${line} ${how}: ${JSON.stringify(name)}`);
  }
  for (const { why: _, ...name } of outdated) say(`  explained, but killed: ${JSON.stringify(name)}`);
  faults += unexplained.length + outdated.length;
}
say('== by folder');
for (const folder of new Set(files.map(dirname))) {
  const own = tested.filter(({ fileName }) => dirname(fileName) === join(root, folder));
  const killed = own.filter((mutant) => !isAlive(mutant)).length;
  const isEnough = killed >= leastShare * own.length;
  say(
    `${folder}: ${own.length} mutants, ${killed} killed ${percentOf(killed, own.length)}${isEnough ? '' : ': too few'}`,
  );
  if (!isEnough) faults += 1;
}
say(
  `${tested.length} mutants, ${living.filter((one) => tested.includes(one)).length} alive, ${faults} to look at; ${endless.size} made a test endless, ${died.size} ended a process; ${sinceStart()}`,
);
process.exitCode = faults === 0 && tested.length > 0 ? 0 : 1;
