import { z } from 'zod';
import { jsonFaults } from '../../../domain/base/json-faults.ts';
import { heldToCounts } from '../../../domain/evidence/held-to-counts.ts';
import { outcomeOf, type TestedCase, wordOf } from '../../../domain/evidence/outcome-in-report.ts';
import { type TestReport, unreadable } from './report.ts';

const count = z.int().min(0);
const status = z.string().min(1);
/** Of the Common Test Report Format only the fields with results; producers differ in the others. */
const ctrfSchema = z.object({
  results: z.object({
    summary: z.object({
      tests: count,
      passed: count,
      failed: count,
      skipped: count.default(0),
      pending: count.default(0),
      other: count.default(0),
      start: z.number().nullish(),
      stop: z.number().nullish(),
    }),
    tests: z.array(
      z.object({
        name: z.string(),
        suite: z.union([z.string(), z.array(z.string())]).nullish(),
        status,
        rawStatus: z.string().nullish(),
        duration: z.number().nullish(),
        retries: z.number().nullish(),
        flaky: z.boolean().nullish(),
        retryAttempts: z.array(z.object({ status: status.nullish() })).nullish(),
      }),
    ),
  }),
});

type Test = z.infer<typeof ctrfSchema>['results']['tests'][number];

/** Reads a report in the Common Test Report Format. Throws `invalid-evidence` for what is none. */
export function readCtrf(text: string): TestReport {
  const read = ctrfSchema.safeParse(parsed(text));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw unreadable(`it is JSON, but not CTRF: ${issue?.path.join('/') ?? ''} ${issue?.message ?? ''}`);
  }
  const { summary, tests } = read.data.results;
  const all = tests.map(caseOf);
  const failures = all.filter(({ outcome }) => outcome === 'failed').length;
  const notRun = summary.skipped + summary.pending;
  const { cases, contradictions } = heldToCounts(
    'the report',
    { tests: summary.tests, failed: summary.failed, notRun },
    { cases: all, failures, direct: all.length, countsMore: false },
  );
  const more = passedTooFew(summary.passed, cases);
  return {
    cases,
    contradictions: [...contradictions, ...more],
    from: instantOf(summary.start),
    to: instantOf(summary.stop),
    withoutZone: false,
  };
}

function parsed(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unreadable('it is neither XML nor JSON', cause);
  }
  const [fault] = jsonFaults(text);
  if (fault) throw unreadable(`${fault.pointer}: ${fault.detail}`);
  return value;
}

function caseOf(test: Test): TestedCase {
  const { status: ended, rawStatus, retryAttempts, retries, flaky } = test;
  const suites = typeof test.suite === 'string' ? [test.suite] : (test.suite ?? []);
  // Several producers have status `other` for todo.
  const isTodo = ended !== 'passed' && ended !== 'failed' && wordOf(rawStatus ?? '') === 'todo';
  const word = isTodo ? 'todo' : ended === 'passed' || wordOf(ended) !== 'passed' ? wordOf(ended) : 'failed';
  const earlier = Math.max(retries ?? 0, retryAttempts?.length ?? 0, flaky ? 1 : 0);
  return {
    name: [...suites, test.name].join(' › '),
    outcome: outcomeOf([word], earlier),
    attempts: 1 + earlier,
    tookNoTime: test.duration === 0,
  };
}

/** A count of passed tests below those listed as passed is a contradiction. */
function passedTooFew(passed: number, cases: readonly TestedCase[]): readonly string[] {
  const listed = cases.filter(({ outcome }) => outcome === 'passed' || outcome === 'flaky').length;
  return passed < listed ? [`the report counts ${passed} tests that passed, and lists ${listed}`] : [];
}

/** Milliseconds since the epoch; a value before 2001 is in another unit. */
function instantOf(ms: number | null | undefined): number | null {
  return ms != null && ms > 1e12 && ms < 1e13 ? Math.round(ms) : null;
}
