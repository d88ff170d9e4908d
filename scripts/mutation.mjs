// Changes the rules in one place after the other and asks the unit tests to notice: `npm run test:mutation [-- FILE…]`.
import { readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stryker } from '@stryker-mutator/core';
import { compare, nameOf, survivorsSchema } from '../test/mutation/survivors.ts';

/** The rules that nobody may loosen unnoticed. */
const rules = [
  'src/activities/effects/{approvals,guard}.ts',
  'src/domain/deployment/{approvals,decide}.ts',
  'src/domain/evidence/*.ts',
  'src/domain/gates/*.ts',
  'src/domain/messages/{proof,warrant}.ts',
  'src/domain/plan/standing.ts',
  'src/domain/planning/check-opening.ts',
  'src/domain/policy/calendar/*.ts',
  'src/domain/policy/{freeze-authority,freezes,not-required,standing,windows}.ts',
  'src/domain/record/{change-conditions,gates,statement}.ts',
  'src/domain/target/{supersede,target}.ts',
  'src/domain/trust/*.ts',
];

const root = fileURLToPath(new URL('..', import.meta.url));
const files = process.argv.slice(2);
/** What else the machine does goes first. */
setPriority(15);

const mutants = await new Stryker({
  mutate: files.length > 0 ? files : rules,
  testRunner: 'vitest',
  plugins: [fileURLToPath(import.meta.resolve('@stryker-mutator/vitest-runner'))],
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  // What a module makes of itself as it is loaded would take every test, for each mutant.
  ignoreStatic: true,
  // Literals are words and lists: what they say is for the tests of views.
  mutator: { excludedMutations: ['StringLiteral', 'ObjectLiteral', 'ArrayDeclaration'] },
  // It would be read by an interface that TypeScript 7 does not have.
  tsconfigFile: 'none',
  concurrency: 1,
  // A loop without an end is found by counting; a busy machine is none.
  timeoutMS: 20_000,
  tempDirName: '.mutation',
  ignorePatterns: ['.gantry', '.demo', 'dist'],
  reporters: ['progress-append-only'],
  warnings: false,
}).runMutationTest();

const explained = survivorsSchema.parse(JSON.parse(await readFile(join(root, 'test/mutation/survivors.json'), 'utf8')));
const isAlive = ({ status }) => status === 'Survived' || status === 'NoCoverage';
const tested = mutants.filter(({ status }) => status !== 'Ignored');
const measured = new Set(tested.map(({ fileName }) => relative(root, fileName)));
// A file that is gone, or is none of the rules any more, has nothing to explain.
if (files.length === 0) for (const file of Object.keys(explained)) measured.add(file);

let faults = 0;
for (const file of [...measured].sort((a, b) => a.localeCompare(b))) {
  const all = tested.filter(({ fileName }) => relative(root, fileName) === file);
  const source = all.length > 0 ? await readFile(join(root, file), 'utf8') : '';
  const alive = all.filter(isAlive).map((mutant) => ({ ...nameOf(source, mutant), line: mutant.location.start.line }));
  const { unexplained, outdated } = compare(alive, explained[file] ?? []);
  const share = all.length > 0 ? `${(100 * (1 - alive.length / all.length)).toFixed(1)} %` : '';
  process.stdout.write(`${file}: ${all.length} mutants, ${all.length - alive.length} killed ${share}\n`);
  for (const { line, ...name } of unexplained) process.stdout.write(`  ${line} survived: ${JSON.stringify(name)}\n`);
  for (const { why: _, ...name } of outdated)
    process.stdout.write(`  explained, but killed: ${JSON.stringify(name)}\n`);
  faults += unexplained.length + outdated.length;
}
process.stdout.write(`${tested.length} mutants, ${tested.filter(isAlive).length} alive, ${faults} to look at\n`);
process.exitCode = faults === 0 && tested.length > 0 ? 0 : 1;
