import { hasRun, type Outcome, type TestedCase } from './outcome-in-report.ts';

interface Report {
  readonly cases: readonly TestedCase[];
  readonly contradictions: readonly string[];
}

/** What all reports of a stage come to. One failure in one of them, or one thing that is not understood, makes the run fail. */
export function testRunOf(reports: readonly Report[]) {
  const cases = reports.flatMap((report) => report.cases);
  const contradictions = reports.flatMap((report) => report.contradictions);
  const namesOf = (outcome: Outcome) => cases.filter((one) => one.outcome === outcome).map(({ name }) => name);
  const [passed, flaky, broken] = [namesOf('passed'), namesOf('flaky'), namesOf('failed')];
  /** Tests, and in words what is contradictory. */
  const failed = [...contradictions, ...broken];
  const result: 'PASSED' | 'FAILED' = failed.length === 0 ? 'PASSED' : 'FAILED';
  const counts = {
    reports: reports.length,
    tests: cases.length,
    /** Without those that were flaky. */
    passed: passed.length,
    flaky: flaky.length,
    failed: broken.length,
    skipped: namesOf('skipped').length,
    todo: namesOf('todo').length,
    /** Of all tests together. */
    attempts: cases.filter(hasRun).reduce((sum, { attempts }) => sum + attempts, 0),
    /** Places where a report contradicts itself or is not understood; each is among the failed tests by name. */
    contradictions: contradictions.length,
  };
  return { result, passed, flaky, failed, counts };
}

export type TestRun = Readonly<ReturnType<typeof testRunOf>>;

/** Whether reports say anything: a test in them ran, or they contradict themselves, which is worse. */
export function provesSomething(reports: readonly Report[]): boolean {
  return reports.some(({ cases, contradictions }) => cases.some(hasRun) || contradictions.length > 0);
}
