/** The result of a test by one place of a report: an element, an attribute, a status. A report may give several. */
export type Word = 'passed' | 'failed' | 'skipped' | 'todo';

/** `flaky`: it passed, after attempts that did not. `skipped` and `todo` did not run, or its result does not matter. */
export type Outcome = Word | 'flaky';

export interface TestedCase {
  readonly name: string;
  readonly outcome: Outcome;
  readonly attempts: number;
  /** Its time is given, and is none at all: so some producers list what never began. */
  readonly tookNoTime: boolean;
}

/**
 * The one rule for tests, whatever the format of the report:
 *
 * - the worst word counts, and an unknown word is the worst;
 * - attempts that failed are made good only where the report itself has the test pass in the end (`madeGood`);
 *   the test is then flaky, which passes and is counted and named;
 * - what its producer calls todo did not run, even where it is marked as failed;
 * - what was skipped did not run; skipped after an attempt that failed is failed.
 */
export function outcomeOf(words: readonly Word[], madeGood: number): Outcome {
  if (words.includes('todo')) return 'todo';
  if (words.includes('failed')) return 'failed';
  if (words.includes('skipped')) return madeGood > 0 ? 'failed' : 'skipped';
  return madeGood > 0 ? 'flaky' : 'passed';
}

export function hasRun({ outcome }: TestedCase): boolean {
  return outcome !== 'skipped' && outcome !== 'todo';
}

/** A test that did not run by the counts of its report; a failure still counts. */
export function leftOut(one: TestedCase): TestedCase {
  return one.outcome === 'failed' ? one : { ...one, outcome: 'skipped' };
}

const words = (text: string) => new Set(text.split(' '));
const passes = words('passed pass success successful succeeded ok run completed complete executed finished true').add(
  '',
);
const skips = words('skipped skip notrun notrunnable notexecuted ignored ignore disabled suppressed pending excluded');

/** The outcome of a status in the words of any producer. An unknown one has failed. */
export function wordOf(status: string): Word {
  const plain = status.toLowerCase().replace(/[\s_-]/g, '');
  if (plain === 'todo') return 'todo';
  return passes.has(plain) ? 'passed' : skips.has(plain) ? 'skipped' : 'failed';
}
