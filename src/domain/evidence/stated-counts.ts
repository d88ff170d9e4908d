/** Numbers of tests by outcome, as a statement gives them; what it does not count is absent. */
export type StatedCounts = Readonly<Record<string, number>>;

interface Stated {
  readonly counts?: StatedCounts | undefined;
  readonly passedTests?: readonly string[] | undefined;
  readonly warnedTests?: readonly string[] | undefined;
}

/** In the order in which they are shown. */
const names = [
  'tests',
  'passed',
  'flaky',
  'failed',
  'skipped',
  'todo',
  'contradictions',
  'exitCodes',
  'provenances',
] as const;

/**
 * What is counted, in words. `exitCodes`: commands that wrote no report, so that nothing but their exit code tells the result;
 * `provenances`: what tells how the artifact was built, and no test.
 */
const worded: Readonly<Record<string, string>> = {
  exitCodes: 'by exit code alone',
  provenances: 'by provenance of its build alone',
};
export const inWords = (name: string): string => worded[name] ?? name;

/** Whether what a statement counts or names cannot be true of a run that has passed. Names may be fewer than counts. */
export function speakAgainst({ counts = {}, passedTests = [], warnedTests = [] }: Stated): boolean {
  const { tests, passed, flaky = 0, failed = 0, skipped = 0, todo = 0, contradictions = 0 } = counts;
  if (failed > 0 || contradictions > 0 || tests === 0) return true;
  if (tests !== undefined && tests < passedTests.length + warnedTests.length) return true;
  if (passed === undefined) return false;
  const nothingRan = passed + flaky === 0;
  const sum = passed + flaky + skipped + todo;
  return nothingRan || passedTests.length > passed || warnedTests.length > flaky || (tests ?? sum) !== sum;
}

/** What several statements count together. */
export function sumOf(several: readonly StatedCounts[]): StatedCounts {
  const sum: Record<string, number> = {};
  for (const counts of several)
    for (const name of names) {
      const many = counts[name];
      if (many !== undefined) sum[name] = (sum[name] ?? 0) + many;
    }
  return sum;
}

/** `120 tests, 118 passed, 2 skipped`; empty where nothing is counted. */
export function countsText(counts: StatedCounts): string {
  return names.flatMap((name) => ((counts[name] ?? 0) > 0 ? [`${counts[name]} ${inWords(name)}`] : [])).join(', ');
}
