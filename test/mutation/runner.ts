import { setMaxListeners } from 'node:events';
import { Script } from 'node:vm';
import { inject, type RunnerTestCase, TestRunner } from 'vitest';

/** What the switches in mutated sources read and count, and what is kept from one test to the next. */
interface Switches {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number;
  mutantCoverage?: { readonly static: Hits; readonly perTest: Readonly<Record<string, Hits>> };
  /** By a test that ran before. */
  killed?: Set<string>;
  run?: Run;
}
/** How often the place of each mutant was passed. */
type Hits = Readonly<Record<string, number>>;
type Run = () => unknown;

declare module 'vitest' {
  interface ProvidedContext {
    /** By the number of each mutant that is looked for, where the tests stand that look for it: how their paths begin. */
    mutants: Readonly<Record<string, string>>;
  }
  interface TaskMeta {
    /** Numbers of mutants. */
    mutants?: Seen;
  }
}
interface Seen {
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

const global = '__stryker__';
const switches = ((globalThis as { [global]?: Switches })[global] ??= {});
const killed = (switches.killed ??= new Set());

/** A test that takes longer with a mutant will never end. It is long, since a busy machine is no mutant. */
const maxMs = 60_000;
const { setTimeout, clearTimeout } = globalThis;
const script = new Script(`${global}.run()`);

/**
 * Runs each test as it is, and then once with each mutant on its way that it looks for and that no test has killed yet, in
 * one process, with modules that are loaded once: a mutant costs what the test costs. It is killed where the test fails
 * with it, and passes again without it.
 */
export default class MutantRunner extends TestRunner {
  async runTask(test: RunnerTestCase): Promise<void> {
    const run = TestRunner.getTestFn(test);
    // Each run listens to it anew.
    setMaxListeners(0, test.context.signal);
    switches.currentTestId = test.id;
    try {
      await run();
      await this.findKilled(test, run);
    } finally {
      // Modules are loaded between tests.
      switches.currentTestId = undefined;
    }
  }

  private async findKilled(test: RunnerTestCase, run: Run): Promise<void> {
    const coverage = switches.mutantCoverage;
    const covered = Object.entries(coverage?.perTest[test.id] ?? {});
    switches.currentTestId = 'with a mutant';
    const wanted = inject('mutants');
    const found = { killed: [] as string[], endless: [] as string[], unclear: [] as string[] };
    for (const [mutant, hits] of covered) {
      const near = wanted[mutant];
      if (near === undefined || !test.file.filepath.startsWith(near) || killed.has(mutant)) continue;
      const end = await endWith(mutant, run, 1_000 + 100 * hits);
      if (end === 'passed') continue;
      if ((await endOf(run)) !== 'passed') {
        found.unclear.push(mutant);
        continue;
      }
      killed.add(mutant);
      found.killed.push(mutant);
      if (end === 'endless') found.endless.push(mutant);
    }
    test.meta.mutants = {
      covered: covered.map(([mutant]) => mutant),
      atLoad: Object.keys(coverage?.static ?? {}),
      ...found,
    };
  }
}

type End = 'passed' | 'failed' | 'endless';

async function endWith(mutant: string, run: Run, hitLimit: number): Promise<End> {
  Object.assign(switches, { activeMutant: mutant, hitCount: 0, hitLimit });
  try {
    return await endOf(run);
  } finally {
    Object.assign(switches, { activeMutant: undefined, hitCount: undefined });
  }
}

/** How a test ends: what it does at once is interrupted after a time, what it waits for is not waited for any longer. */
async function endOf(run: Run): Promise<End> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<End>((resolve) => {
    timer = setTimeout(() => resolve('endless'), maxMs);
  });
  switches.run = run;
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
