import { hasRun, leftOut, type TestedCase } from './outcome-in-report.ts';

/** The counts that a suite, or a whole report, gives. */
export interface Counts {
  /** Null: not given. */
  readonly tests: number | null;
  readonly failed: number;
  readonly notRun: number;
}

/** What it lists. */
export interface Listed {
  readonly cases: readonly TestedCase[];
  /** Failures that it shows, those of attempts that were made good included. */
  readonly failures: number;
  /** How many tests and suites stand in it directly: some producers count these. */
  readonly direct: number;
  /** Its producer counts what it does not list, as pytest does for subtests. */
  readonly countsMore: boolean;
}

/**
 * Compares what is listed with what is counted. Counts of failures, tests or skipped tests that are not listed are
 * contradictions, in words, as are fewer tests than are listed; each makes the run fail. No contradictions are:
 *
 * - a count of attempts where attempts are listed, or of those of the last round (Surefire);
 * - a test that is listed once for each attempt and counted once (pytest-rerunfailures): it is one flaky test;
 * - tests that took no time at all and are not counted (jest-junit lists what is todo so): they are todo.
 */
export function heldToCounts(
  where: string,
  counts: Counts,
  listed: Listed,
): { readonly cases: readonly TestedCase[]; readonly contradictions: readonly string[] } {
  const contradictions: string[] = [];
  if (counts.failed > listed.failures)
    contradictions.push(`${where} counts ${counts.failed} failures, and shows ${listed.failures}`);
  let { cases } = listed;
  const notRun = cases.filter((one) => !hasRun(one)).length;
  if (counts.notRun > notRun && !listed.countsMore) {
    if (counts.notRun >= cases.length) cases = cases.map(leftOut);
    else contradictions.push(`${where} counts ${counts.notRun} tests that did not run, and shows ${notRun}`);
  }
  if (counts.tests === null) return { cases, contradictions };
  const attempts = cases.reduce((sum, one) => sum + one.attempts, 0);
  if (counts.tests > Math.max(attempts, listed.direct) && !listed.countsMore)
    contradictions.push(`${where} counts ${counts.tests} tests, and lists ${cases.length}`);
  const fewest = Math.min(listed.direct, cases.filter(hasRun).length);
  if (counts.tests < fewest && attempts === cases.length) {
    const fitted = fittedTo(counts.tests, cases);
    if (fitted) cases = fitted;
    else contradictions.push(`${where} counts ${counts.tests} tests, and lists ${cases.length}`);
  }
  return { cases, contradictions };
}

/** Those that are listed, with as many of them explained as are not counted; null where that does not come out. */
function fittedTo(tests: number, cases: readonly TestedCase[]): readonly TestedCase[] | null {
  const once = new Map<string, TestedCase>();
  for (const one of cases) {
    const earlier = once.get(one.name);
    once.set(one.name, earlier ? again(earlier, one) : one);
  }
  if (once.size === tests) return [...once.values()];
  let tooMany = cases.filter(hasRun).length - tests;
  const fitted = cases.map((one) => {
    if (tooMany === 0 || one.outcome !== 'passed' || !one.tookNoTime) return one;
    tooMany -= 1;
    return { ...one, outcome: 'todo' as const };
  });
  return tooMany === 0 ? fitted : null;
}

function again(earlier: TestedCase, later: TestedCase): TestedCase {
  const outcomes = [earlier.outcome, later.outcome];
  const outcome = outcomes.includes('failed')
    ? 'failed'
    : outcomes.every((one) => one === 'skipped')
      ? 'skipped'
      : 'flaky';
  return { ...later, outcome, attempts: earlier.attempts + later.attempts };
}
