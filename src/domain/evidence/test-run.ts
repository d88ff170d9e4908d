import { hasRun, type Outcome, type TestedCase } from './tested.ts';

/** How many there were of what; `passed` leaves out those that were flaky. */
export interface TestCounts {
  readonly reports: number;
  readonly tests: number;
  readonly passed: number;
  readonly flaky: number;
  readonly failed: number;
  readonly skipped: number;
  readonly todo: number;
  /** Of all tests together. */
  readonly attempts: number;
  /** Places where a report contradicts itself or is not understood; each of them is among the failed tests by name. */
  readonly contradictions: number;
}

/** What all reports of a stage come to. */
export interface TestRun {
  readonly result: 'PASSED' | 'FAILED';
  readonly passed: readonly string[];
  readonly flaky: readonly string[];
  /** Tests, and in words what is contradictory. */
  readonly failed: readonly string[];
  readonly counts: TestCounts;
}

interface Report {
  readonly cases: readonly TestedCase[];
  readonly contradictions: readonly string[];
}

/** All reports count: one failure in one of them, or one thing that is not understood, makes the run fail. */
export function testRunOf(reports: readonly Report[]): TestRun {
  const cases = reports.flatMap((report) => report.cases);
  const contradictions = reports.flatMap((report) => report.contradictions);
  const namesOf = (outcome: Outcome) => cases.filter((one) => one.outcome === outcome).map(({ name }) => name);
  const [passed, flaky, broken] = [namesOf('passed'), namesOf('flaky'), namesOf('failed')];
  const failed = [...contradictions, ...broken];
  return {
    result: failed.length === 0 ? 'PASSED' : 'FAILED',
    passed,
    flaky,
    failed,
    counts: {
      reports: reports.length,
      tests: cases.length,
      passed: passed.length,
      flaky: flaky.length,
      failed: broken.length,
      skipped: namesOf('skipped').length,
      todo: namesOf('todo').length,
      attempts: cases.filter(hasRun).reduce((sum, { attempts }) => sum + attempts, 0),
      contradictions: contradictions.length,
    },
  };
}

/** Whether reports say anything: a test in them ran, or they contradict themselves, which is worse. */
export function provesSomething(reports: readonly Report[]): boolean {
  return reports.some(({ cases, contradictions }) => cases.some(hasRun) || contradictions.length > 0);
}
