import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createVitest, type TestModule } from 'vitest/node';
import { diedTwice, type Progress } from './progress.ts';
import type { Seen, Wanted } from './runner.ts';
import type { Attempt } from './switches.ts';

interface Look {
  readonly root: string;
  readonly number: number;
  /** By the number of each mutant that is looked for. */
  readonly mutants: Readonly<Record<string, Wanted>>;
  /** Sources with their mutants, by path. */
  readonly mutated: ReadonlyMap<string, string>;
  readonly progress: Progress;
  /** Called after each file of tests. */
  readonly onFile: (file: string, left: number) => void;
}

/**
 * Has tests look for mutants, those files of them that have not yet. A process that does not outlive a mutant (it takes
 * all its memory, or never comes back) twice has killed it: the file of tests begins again, then without it. Returns the files that did not end
 * though no mutant was there.
 */
export async function look(one: Look): Promise<readonly string[]> {
  for (;;) {
    const before = one.progress.findings.length;
    const open = await lookOnce(one);
    if (open.length === 0 || !one.progress.findings.slice(before).some((finding) => 'died' in finding)) return open;
  }
}

async function lookOnce({ root, number, mutants, mutated, progress, onFile }: Look): Promise<readonly string[]> {
  const attempts = mkdtempSync(join(tmpdir(), 'gantry-mutants-'));
  const forget = () => rmSync(attempts, { recursive: true, force: true });
  process.once('exit', forget);
  const had = () => progress.findings.filter((finding) => finding.look === number);
  const done = new Set(had().flatMap((finding) => ('file' in finding ? [finding.file] : [])));
  const killed = had().flatMap((finding) => ('file' in finding ? finding.seen.killed : []));
  const dead = new Set([...killed, ...diedTwice(had()).map(({ mutant }) => mutant)]);
  const wanted = Object.fromEntries(Object.entries(mutants).filter(([id]) => !dead.has(id)));
  const left = new Set(Object.keys(wanted));
  const open = new Set<string>();
  const onTestModuleEnd = (module: TestModule) => {
    const tests = [...module.children.allTests()];
    if (['pending', 'queued'].includes(module.state())) return;
    if (tests.some((test) => test.result().state === 'pending')) return;
    const file = relative(root, module.moduleId);
    const seen = together(tests.flatMap((test) => test.meta().mutants ?? []));
    const failing = tests.filter((test) => test.result().state !== 'passed').map((test) => test.fullName);
    if (module.errors().length > 0) failing.push(file);
    progress.add({ look: number, file, seen, failing });
    for (const id of seen.killed) left.delete(id);
    open.delete(file);
    onFile(file, left.size);
  };
  const vitest = await createVitest(
    'test',
    {
      config: join(root, 'test/mutation/vitest.config.ts'),
      watch: false,
      reporters: [{ onTestModuleEnd }],
      maxWorkers: availableParallelism(),
    },
    { plugins: [mutatedSources(root, mutated)] },
  );
  const watch = setInterval(() => killSilent(attempts), 5_000);
  try {
    vitest.provide('mutants', wanted);
    vitest.provide('attempts', attempts);
    const specifications = await vitest.globTestSpecifications([
      ...new Set(Object.values(wanted).map(({ near }) => near)),
    ]);
    const tests = specifications.filter(({ moduleId }) => !done.has(relative(root, moduleId)));
    for (const { moduleId } of tests) open.add(relative(root, moduleId));
    if (tests.length > 0) await vitest.runTestSpecifications(tests, true);
  } finally {
    clearInterval(watch);
    await vitest.close();
  }
  for (const name of readdirSync(attempts)) {
    const attempt = attemptIn(join(attempts, name));
    if (attempt) progress.add({ look: number, died: attempt.mutant, isClear: attempt.isThere });
  }
  process.off('exit', forget);
  forget();
  return [...open];
}

/** What all tests of a file have seen, each mutant once. */
function together(all: readonly Seen[]): Seen {
  const union = (which: keyof Seen) => [...new Set(all.flatMap((one) => one[which]))];
  return {
    covered: union('covered'),
    atLoad: union('atLoad'),
    killed: union('killed'),
    endless: union('endless'),
    unclear: union('unclear'),
  };
}

/** Has vitest load sources with their mutants, and what rules remember by forget it between runs. */
function mutatedSources(root: string, mutated: ReadonlyMap<string, string>) {
  const sources = join(root, 'src/');
  return {
    name: 'mutants',
    enforce: 'pre' as const,
    load: (id: string) => mutated.get(id),
    resolveId: (source: string, importer?: string) =>
      source.endsWith('/base/remembering.ts') && importer?.startsWith(sources)
        ? join(root, 'test/mutation/remembering.ts')
        : undefined,
  };
}

/** Null: it has just ended, or is being written. */
function attemptIn(file: string): Attempt | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Attempt;
  } catch {
    return null;
  }
}

/** Ends processes that are at one run of a test for twice as long as it may take: their own clocks do not interrupt them. */
function killSilent(attempts: string): void {
  for (const pid of readdirSync(attempts)) {
    const file = join(attempts, pid);
    const attempt = attemptIn(file);
    const since = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (!attempt || Date.now() - since < 2 * attempt.maxMs) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}
