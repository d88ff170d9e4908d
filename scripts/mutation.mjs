// Changes the rules in one place after the other and asks the unit tests to notice: `npm run test:mutation [-- FILE…]`.
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism, setPriority } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import { createVitest } from 'vitest/node';
import { compare, nameOf, survivorsSchema } from '../test/mutation/survivors.ts';

/** The rules that nobody may loosen unnoticed: folders, or files of one. */
const rules = {
  'src/activities/effects': ['approvals', 'guard'],
  'src/domain/deployment': ['approvals', 'decide-message'],
  'src/domain/evidence': 'all',
  'src/domain/gates': 'all',
  'src/domain/messages': ['proof', 'warrant'],
  'src/domain/plan': ['standing'],
  'src/domain/planning': ['check-opening'],
  'src/domain/policy': ['freezes', 'not-required', 'operators', 'standing', 'windows'],
  'src/domain/policy/calendar': 'all',
  'src/domain/record': ['change-conditions', 'gates', 'certifying-statement'],
  'src/domain/target': ['supersede', 'target'],
  'src/domain/trust': 'all',
};

const root = fileURLToPath(new URL('..', import.meta.url));
/** What else the machine does goes first. */
setPriority(15);

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

/** Tests that fail without any mutant, by their names. */
const failing = new Set();
const testsOf = (task) => (task.type === 'suite' ? task.tasks.flatMap(testsOf) : [task]);

/** What tests have seen of mutants, each of which is looked for by those whose path begins as it says. */
async function look(mutants) {
  const vitest = await createVitest(
    'test',
    {
      config: join(root, 'test/mutation/vitest.config.ts'),
      watch: false,
      reporters: [{ onTestModuleEnd: ({ moduleId }) => process.stdout.write(`${relative(root, moduleId)}\n`) }],
      maxWorkers: availableParallelism(),
    },
    { plugins: [{ name: 'mutants', enforce: 'pre', load: (id) => mutated.get(id) }] },
  );
  try {
    vitest.provide('mutants', mutants);
    const tests = await vitest.globTestSpecifications([...new Set(Object.values(mutants))]);
    if (tests.length === 0) return [];
    await vitest.runTestSpecifications(tests, true);
    const ran = vitest.state.getFiles().flatMap(testsOf);
    for (const { name, result } of ran) if (result?.state !== 'pass') failing.add(name);
    return ran.flatMap(({ meta }) => meta.mutants ?? []);
  } finally {
    await vitest.close();
  }
}

const started = Date.now();
const beside = ({ fileName }) => fileName.replace(join(root, 'src'), join(root, 'test/unit'));
// Tests that are named like a rule, and then those beside it, kill nearly all: all tests of rules look for what these leave.
const looks = [
  (mutant) => beside(mutant).replace(/\.ts$/, ''),
  (mutant) => `${dirname(beside(mutant))}/`,
  () => join(root, 'test/unit/'),
];
const seen = [];
let living = all;
for (const near of looks) {
  if (living.length === 0) break;
  process.stdout.write(`== ${living.length} of ${all.length} mutants are left\n`);
  seen.push(...(await look(Object.fromEntries(living.map((mutant) => [mutant.id, near(mutant)])))));
  const found = new Set(seen.flatMap((one) => one.killed));
  living = living.filter(({ id }) => !found.has(id));
}

const idsOf = (which) => new Set(seen.flatMap((one) => one[which]));
const [covered, killed, atLoad, unclear] = ['covered', 'killed', 'atLoad', 'unclear'].map(idsOf);
// What a module makes of itself as it is loaded has happened once all is loaded.
const tested = all.filter(({ id }) => covered.has(id) || !atLoad.has(id));
const isAlive = ({ id }) => !killed.has(id);

const explained = survivorsSchema.parse(JSON.parse(await readFile(join(root, 'test/mutation/survivors.json'), 'utf8')));
// A file that is gone, or is none of the rules any more, has nothing to explain.
const measured = new Set([...files, ...(given.length > 0 ? [] : Object.keys(explained))]);

let faults = failing.size;
for (const name of failing) process.stdout.write(`fails without any mutant: ${name}\n`);
for (const file of [...measured].sort((a, b) => a.localeCompare(b))) {
  const own = tested.filter(({ fileName }) => fileName === join(root, file));
  const alive = own
    .filter(isAlive)
    .map((mutant) => ({ ...nameOf(sources.get(file), mutant), line: mutant.location.start.line, id: mutant.id }));
  const { unexplained, outdated } = compare(alive, explained[file] ?? []);
  const share = own.length > 0 ? `${(100 * (1 - alive.length / own.length)).toFixed(1)} %` : '';
  process.stdout.write(`${file}: ${own.length} mutants, ${own.length - alive.length} killed ${share}\n`);
  for (const { line, id, ...name } of unexplained) {
    const how = unclear.has(id) ? 'unclear' : covered.has(id) ? 'survived' : 'not covered';
    process.stdout.write(`  ${line} ${how}: ${JSON.stringify(name)}\n`);
  }
  for (const { why: _, ...name } of outdated)
    process.stdout.write(`  explained, but killed: ${JSON.stringify(name)}\n`);
  faults += unexplained.length + outdated.length;
}
const seconds = Math.round((Date.now() - started) / 1000);
process.stdout.write(
  `${tested.length} mutants, ${tested.filter(isAlive).length} alive, ${faults} to look at; ${idsOf('endless').size} made a test endless; ${seconds} s\n`,
);
process.exitCode = faults === 0 && tested.length > 0 ? 0 : 1;
