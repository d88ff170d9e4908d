import { type Counts, heldToCounts } from '../../../domain/evidence/held-to-counts.ts';
import { leftOut, type TestedCase } from '../../../domain/evidence/outcome-in-report.ts';
import { caseOf, hasNoResult, isCase, isFailure, isSuite, wordsOf } from './junit-case.ts';
import { type TestReport, unreadable } from './report.ts';
import { hasZone, instantOf, lengthOf, type Span, spanOf } from './times.ts';
import { type Element, rootOf, within } from './xml.ts';

interface Suite extends Span {
  readonly cases: readonly TestedCase[];
  readonly contradictions: readonly string[];
  /** Failures that it shows or, in itself or a part, counts. */
  readonly failures: number;
}

/** Other XML formats that are mistaken for JUnit, by their root. */
const otherFormats: Readonly<Record<string, string>> = {
  testrun: 'a TRX report',
  'test-run': 'a report of NUnit 3',
  'test-results': 'a report of NUnit 2',
  assemblies: 'a report of xUnit.net',
  coverage: 'a coverage report',
};

/**
 * Reads a JUnit report in XML: every test case in it, at any depth and within any elements. The counts of a suite matter only
 * where they are worse than its list. Throws `invalid-evidence` for anything else, and for a document type (nothing is
 * expanded).
 */
export function readJunit(xml: string): TestReport {
  const root = rootOf(xml);
  if (!isSuite(root)) {
    const other = otherFormats[root.name];
    throw unreadable(
      `its root <${root.name.slice(0, 40)}> is neither <testsuites> nor <testsuite>${other ? ` (it is ${other}: have it written as JUnit or CTRF)` : ''}`,
    );
  }
  const { cases, contradictions, from, to } = suiteOf(root, null, false);
  const times = [root, ...within(root)].flatMap(({ attributes: { timestamp = '' } }) => (timestamp ? [timestamp] : []));
  return { cases, contradictions, from, to, withoutZone: times.some((time) => !hasZone(time)) };
}

/** `countsMore`: its producer counts more tests than it lists. */
function suiteOf(suite: Element, inherited: number | null, countsMore: boolean): Suite {
  const { attributes, children } = suite;
  const begun = instantOf(attributes['timestamp']) ?? inherited;
  const context = [begun, countsMore || countsWhatItDoesNotList(suite)] as const;
  const own = children.filter(isCase);
  const holders = children.filter((child) => !isCase(child) && !hasNoResult(child) && holdsTests(child));
  const suites = holders.map((child) => suiteOf(child, ...context));
  // Tests within tests are tests of this suite.
  const nested = own.filter(holdsTests).map((one) => suiteOf(withoutOwnWord(one), ...context));
  const ownCases = own.map(caseOf);
  const inner = [...suites, ...nested];
  const cases = [...ownCases, ...inner.flatMap((one) => one.cases)];
  const words = wordsOf(attributes);
  const shown = own.map((one, i) =>
    Math.max(one.children.filter(isFailure).length, ownCases[i]?.outcome === 'failed' ? 1 : 0),
  );
  const where = `suite ${attributes['name'] || 'without a name'}`;
  const { counts, faults } = countsOf(where, attributes);
  const failures = [...shown, ...inner.map((one) => one.failures)].reduce((a, b) => a + b, 0);
  const held = heldToCounts(where, counts, {
    cases: words.includes('skipped') ? cases.map(leftOut) : cases,
    failures,
    direct: own.length + holders.length,
    countsMore: context[1],
  });
  const failed = held.cases.filter(({ outcome }) => outcome === 'failed').length;
  const contradictions = [
    ...inner.flatMap((one) => one.contradictions),
    ...faults,
    ...held.contradictions,
    ...children.filter((child) => !isCase(child) && !holders.includes(child)).flatMap((child) => outside(child, where)),
    ...(words.includes('failed') && failed === 0 ? [`${where} says that it failed`] : []),
  ];
  // A suite of suites spans from the first of them to the last.
  const span = spanOf([...(own.length > 0 || suites.length === 0 ? [ownSpan(attributes, begun)] : []), ...suites]);
  return { ...span, cases: held.cases, contradictions, failures: Math.max(failures, counts.failed) };
}

/** A test that holds others, as if it were a suite of them. */
function withoutOwnWord(test: Element): Element {
  return { ...test, attributes: {}, children: test.children.filter((one) => isCase(one) || holdsTests(one)) };
}

/** What contradicts a suite in an element without tests. */
function outside(element: Element, where: string): readonly string[] {
  if (hasNoResult(element)) return [];
  return [
    isFailure(element) ? `${where}: a failure outside its tests` : `${where}: <${element.name}> is not understood`,
  ];
}

/** Pytest, which always has this name, counts subtests; Catch2 counts assertions. */
function countsWhatItDoesNotList({ name, attributes, children }: Element): boolean {
  if (name === 'testsuites') return attributes['name'] === 'pytest tests';
  const properties = children.filter((child) => child.name === 'properties').flatMap((child) => child.children);
  return attributes['hostname'] === 'tbd' && properties.some((one) => one.attributes['name'] === 'random-seed');
}

/** Whether tests stand in an element that is no test itself. */
function holdsTests(element: Element): boolean {
  return isSuite(element) || within(element).some((one) => isCase(one) || isSuite(one));
}

function countsOf(where: string, attributes: Element['attributes']): { counts: Counts; faults: readonly string[] } {
  const faults: string[] = [];
  const numberOf = (name: string) => {
    const text = (attributes[name] ?? '').trim();
    if (/^\d{0,9}$/.test(text)) return text === '' ? null : Number(text);
    faults.push(`${where}: ${name}=${JSON.stringify(text.slice(0, 40))} is no number`);
    return null;
  };
  const counts = {
    tests: numberOf('tests'),
    failed: (numberOf('failures') ?? 0) + (numberOf('errors') ?? 0),
    notRun: Math.max(numberOf('skipped') ?? 0, numberOf('disabled') ?? 0),
  };
  return { counts, faults };
}

function ownSpan(attributes: Element['attributes'], begun: number | null): Span {
  const lasted = lengthOf(attributes['time']);
  return { from: begun, to: begun === null || lasted === null ? null : Math.round(begun + lasted) };
}
