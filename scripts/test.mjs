// Runs every check and every suite, goes on after a failure, and ends with one line: `N passed, N failed`.
// Arguments go to vitest, and then only what the suites need is checked: `npm test -- FILE` runs one. `--suites`: all of them.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const given = process.argv.slice(2);
const isSuitesOnly = given.length > 0;
const forVitest = given.filter((one) => one !== '--suites');
const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => join(root, 'node_modules', '.bin', name);

function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    child.once('error', (error) => {
      process.stdout.write(`${error.message}\n`);
      resolve(false);
    });
    child.once('exit', (code) => resolve(code === 0));
  });
}

/**
 * Answers whether it went well, and what it printed. It takes what the suites leave of the machine: compiler and linter are
 * programs in Go, which with a larger heap spend a fifth less on collecting garbage, and on one processor a fifth less on
 * looking at the same types twice.
 */
function runAside(command, args) {
  return new Promise((resolve) => {
    const env = { GOGC: '400', GOMAXPROCS: '1', ...process.env };
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env });
    if (child.pid !== undefined) setPriority(child.pid, 10);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.once('error', (error) => resolve({ isGood: false, output: `${error.message}\n` }));
    child.once('close', (code) => resolve({ isGood: code === 0, output }));
  });
}

/** @type {[string, string, string[]][]} */
const checks = [
  ['build', 'npm', ['run', '--silent', 'build']],
  ['lint and import rules', bin('oxlint'), ['-c', 'oxlint.config.mjs', '--type-aware', '--deny-warnings', '.']],
  // Each checker looks at what several files need anew: one takes 10 s of CPU for all, four take 17 s.
  ['types', bin('tsc'), ['--checkers', '1']],
  ['nothing unused', bin('knip'), []],
  ['format', bin('biome'), ['check', '.']],
];

/** Runs vitest with these arguments; answers whether it went well, and what was counted. */
async function runVitest(...args) {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-test-'));
  try {
    const file = join(folder, 'summary.json');
    const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts', 'summary-reporter.mjs')}`];
    const isGood = await run(bin('vitest'), ['run', ...reporters, ...args], { SUMMARY_FILE: file });
    const summary = JSON.parse(await readFile(file, 'utf8').catch(() => 'null'));
    return { isGood, ...(summary ?? { total: 0, passed: 0, failures: ['the suites ended without a summary'] }) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Databases and processes wait more than they compute: one file of theirs after the other goes beside all others, not at their
 * end, where the processors would idle.
 */
const allSuites = () =>
  Promise.all([
    runVitest(...['temporal', 'temporal-1.29', 'unit'].flatMap((name) => ['--project', name])),
    runVitest('--project', 'parts', '--maxWorkers', '1'),
  ]);

const lines = [];
const count = { passed: 0, failed: 0 };
function tell(name, passed, failed) {
  count.passed += passed;
  count.failed += failed;
  lines.push(`${failed === 0 ? 'ok    ' : 'FAILED'} ${name}`);
}

async function check([name, command, args]) {
  const { isGood, output } = await runAside(command, args);
  process.stdout.write(`\n== ${name}\n${output}`);
  tell(name, isGood ? 1 : 0, isGood ? 0 : 1);
  if (!isGood) lines.push(...output.trim().split('\n').slice(-30));
}

const [build, ...others] = checks;
/** One after the other. The suites need nothing but the build, and wait a lot themselves. */
async function checkOthers() {
  for (const one of isSuitesOnly ? [] : others) await check(one);
}
const built = check(build);
const checked = checkOthers();
await built;
process.stdout.write('\n== suites\n');
const runs = forVitest.length > 0 ? [await runVitest(...forVitest)] : await allSuites();
await checked;
for (const { isGood, total, passed } of runs) {
  // A test that was skipped has shown nothing, so it counts as one that failed.
  const notPassed = total - passed;
  // A file that does not load, a fault outside the tests, or no test at all: no test of these is counted.
  const unseen = notPassed === 0 && (!isGood || passed === 0) ? 1 : 0;
  tell(`suites: ${passed} passed, ${notPassed} failed or skipped`, passed, notPassed + unseen);
}
// At the end, where whoever sees only the end of a long log looks first.
lines.push(...runs.flatMap(({ failures }) => failures.map((failure) => `  ${failure}`)));

process.stdout.write(`\n${lines.join('\n')}\n\n${count.passed} passed, ${count.failed} failed\n`);
process.exitCode = count.failed === 0 ? 0 : 1;
