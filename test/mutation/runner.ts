import { setMaxListeners } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { inject, type RunnerTestCase, TestRunner } from 'vitest';
import { type Attempt, maxMsAfter, switches, switchesName } from './switches.ts';

type Run = () => unknown;

declare module 'vitest' {
  interface ProvidedContext {
    /** By the number of each mutant that is looked for. */
    mutants: Readonly<Record<string, Wanted>>;
    /** A folder: each process keeps the mutant that it runs a test with in a file that is named by its id. */
    attempts: string;
  }
  interface TaskMeta {
    /** Numbers of mutants. */
    mutants?: Seen;
  }
}
/** Which tests look for a mutant: how their paths begin, but for tests that have done so before, or take their time. */
export interface Wanted {
  readonly near: string;
  readonly done: string | null;
  readonly isLast: boolean;
}
export interface Seen {
  /** Those on the way of the test. */
  readonly covered: readonly string[];
  readonly killed: readonly string[];
  /** Those that ran only as modules were loaded, or before the tests of a file. */
  readonly atLoad: readonly string[];
  /** Of those that were killed: the test did not end. */
  readonly endless: readonly string[];
  /** The test failed without any mutant after it had failed with this one, so it has shown nothing. */
  readonly unclear: readonly string[];
}

const killed = (switches.killed ??= new Set());
const { setTimeout, clearTimeout } = globalThis;
const script = new Script(`${switchesName}.run()`);

/**
 * Runs each test as it is, and then once with each mutant on its way that it looks for and that no test has killed yet, in
 * one process, with modules that are loaded once: a mutant costs what the test costs. It is killed where the test fails
 * with it, and passes again without it, or where the process does not outlive it.
 */
export default class MutantRunner extends TestRunner {
  async runTask(test: RunnerTestCase): Promise<void> {
    const run = TestRunner.getTestFn(test);
    // Each run listens to it anew.
    setMaxListeners(0, test.context.signal);
    switches.currentTestId = test.id;
    try {
      countRun();
      const began = performance.now();
      await run();
      await this.findKilled(test, run, maxMsAfter(performance.now() - began));
    } finally {
      // Modules are loaded between tests.
      switches.currentTestId = undefined;
    }
  }

  private async findKilled(test: RunnerTestCase, run: Run, maxMs: number): Promise<void> {
    const coverage = switches.mutantCoverage;
    const covered = Object.entries(coverage?.perTest[test.id] ?? {});
    switches.currentTestId = 'with a mutant';
    const wanted = inject('mutants');
    const file = join(inject('attempts'), String(process.pid));
    const attempt = (mutant: string, isThere: boolean) =>
      writeFileSync(file, JSON.stringify({ mutant, isThere, maxMs } satisfies Attempt));
    const found = { killed: [] as string[], endless: [] as string[], unclear: [] as string[] };
    for (const [mutant, hits] of covered) {
      if (killed.has(mutant) || !isLookedForBy(test.file.filepath, wanted[mutant])) continue;
      attempt(mutant, true);
      const end = await endWith(mutant, run, 1_000 + 100 * hits, maxMs);
      if (end === 'passed') continue;
      attempt(mutant, false);
      if ((await endOf(run, maxMs)) !== 'passed') {
        found.unclear.push(mutant);
        continue;
      }
      killed.add(mutant);
      found.killed.push(mutant);
      if (end === 'endless') found.endless.push(mutant);
    }
    rmSync(file, { force: true });
    test.meta.mutants = {
      covered: covered.map(([mutant]) => mutant),
      atLoad: Object.keys(coverage?.static ?? {}),
      ...found,
    };
  }
}

function isLookedForBy(file: string, wanted: Wanted | undefined): boolean {
  if (!wanted || !file.startsWith(wanted.near)) return false;
  const isSlow = file.endsWith('.property.test.ts');
  if (isSlow) return wanted.isLast;
  return wanted.done === null || !file.startsWith(wanted.done);
}

type End = 'passed' | 'failed' | 'endless';

async function endWith(mutant: string, run: Run, hitLimit: number, maxMs: number): Promise<End> {
  Object.assign(switches, { activeMutant: mutant, hitCount: 0, hitLimit });
  try {
    return await endOf(run, maxMs);
  } finally {
    Object.assign(switches, { activeMutant: undefined, hitCount: undefined });
  }
}

/** How a test ends: what it does at once is interrupted after a time, what it waits for is not waited for any longer. */
async function endOf(run: Run, maxMs: number): Promise<End> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<End>((resolve) => {
    timer = setTimeout(() => resolve('endless'), maxMs);
  });
  switches.run = run;
  countRun();
  try {
    return await Promise.race([passed(script.runInThisContext({ timeout: maxMs })), late]);
  } catch (error) {
    return (error as NodeJS.ErrnoException | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? 'endless' : 'failed';
  } finally {
    clearTimeout(timer);
  }
}

async function passed(result: unknown): Promise<End> {
  await result;
  return 'passed';
}

function countRun(): void {
  switches.runs = (switches.runs ?? 0) + 1;
}
