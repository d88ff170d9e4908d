import { XMLParser } from 'fast-xml-parser';
import { GantryError } from '../../domain/errors.ts';

/** What a JUnit report says. Times are ISO 8601 in UTC; null where the report does not tell them. */
export interface TestReport {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  readonly startedOn: string | null;
  readonly finishedOn: string | null;
}

type Attributes = Readonly<Record<string, string>>;
interface Element {
  readonly name: string;
  readonly attributes: Attributes;
  readonly children: readonly Element[];
}
interface Counted {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  readonly skipped: number;
  /** Milliseconds; null: some part of the report does not say. */
  readonly from: number | null;
  readonly to: number | null;
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  parseTagValue: false,
});

/**
 * Reads a JUnit report in XML, suites within suites included. It counts its test cases itself, and believes what a suite
 * says of itself only where that is worse. Times without a zone are taken for UTC. Throws `invalid-evidence` for what is
 * no such report, has a document type (nothing is expanded), has no test that ran, or lacks tests that it counts.
 */
export function readJunit(xml: string): TestReport {
  const outsideText = xml.replace(/<!\[CDATA\[[\s\S]*?\]\]>|<!--[\s\S]*?-->/g, '');
  if (/<!(DOCTYPE|ENTITY)/i.test(outsideText)) throw unreadable('it has a document type, which is not read');
  const roots = elementsOf(parsed(xml)).filter(({ name }) => !name.startsWith('?'));
  const [root] = roots;
  if (roots.length !== 1 || !root || !['testsuites', 'testsuite'].includes(root.name))
    throw unreadable('its root is neither <testsuites> nor <testsuite>');
  const { passed, failed, from, to } = suiteOf(root, null);
  if (passed.length + failed.length === 0) throw unreadable('no test in it ran');
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return { passed, failed, startedOn: time(from), finishedOn: time(to) };
}

function parsed(xml: string): unknown {
  try {
    return parser.parse(xml, true) as unknown;
  } catch (cause) {
    throw unreadable(cause instanceof Error ? cause.message.replace(/:undefined$/, '') : 'it is no XML', cause);
  }
}

/** The parser's own form: one object for each node, its name the key, its attributes under `:@`. */
function elementsOf(nodes: unknown): readonly Element[] {
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: Readonly<Record<string, unknown>>): Element[] => {
    const name = Object.keys(node).find((key) => key !== ':@');
    if (name === undefined || name === '#text') return [];
    return [{ name, attributes: (node[':@'] ?? {}) as Attributes, children: elementsOf(node[name]) }];
  });
}

const isBad = ({ name }: Element) => name === 'failure' || name === 'error';

function suiteOf({ attributes, children }: Element, inherited: number | null): Counted {
  const title = attributes['name'] ?? 'without a name';
  const begun = timeOf(attributes['timestamp']) ?? inherited;
  const cases = children
    .filter(({ name }) => name === 'testcase')
    .map((one) => ({ name: titleOf(one), is: stateOf(one) }));
  const inner = children.filter(({ name }) => name === 'testsuite').map((suite) => suiteOf(suite, begun));
  const passed = [...namesOf(cases, 'passed'), ...inner.flatMap((one) => one.passed)];
  const failed = [...namesOf(cases, 'failed'), ...inner.flatMap((one) => one.failed)];
  const skipped = namesOf(cases, 'skipped').length + inner.reduce((sum, one) => sum + one.skipped, 0);
  const counted = passed.length + failed.length + skipped;
  const claimed = numberOf(attributes, 'tests');
  if (claimed > counted) throw unreadable(`suite ${title} says that it has ${claimed} tests, and lists ${counted}`);
  const worse = Math.max(numberOf(attributes, 'failures') + numberOf(attributes, 'errors') - failed.length, 0);
  const own = children.filter(isBad).length;
  if (worse + own > 0) failed.push(`suite ${title}: ${Math.max(worse, own)} failures outside its tests`);
  // A suite that only holds others began with the first of them and ended with the last.
  const times = [...(cases.length > 0 || inner.length === 0 ? [ownTimes(attributes, begun)] : []), ...inner];
  return { passed, failed, skipped, from: extreme(times, 'from'), to: extreme(times, 'to') };
}

function ownTimes(attributes: Attributes, begun: number | null): Pick<Counted, 'from' | 'to'> {
  const seconds = Number((attributes['time'] ?? '').replaceAll(',', '') || Number.NaN);
  const lasted = Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
  return { from: begun, to: begun === null || lasted === null ? null : Math.round(begun + lasted) };
}

function extreme(times: readonly Pick<Counted, 'from' | 'to'>[], which: 'from' | 'to'): number | null {
  const all = times.map((one) => one[which]);
  if (all.length === 0 || all.includes(null)) return null;
  const known = all.filter((ms) => ms !== null);
  return which === 'from' ? Math.min(...known) : Math.max(...known);
}

function namesOf(cases: readonly { readonly name: string; readonly is: string }[], state: string): string[] {
  return cases.filter(({ is }) => is === state).map(({ name }) => name);
}

function titleOf({ attributes }: Element): string {
  return [attributes['classname'], attributes['name']].filter((part) => part).join(' › ') || 'a test without a name';
}

function stateOf({ attributes, children }: Element): 'passed' | 'failed' | 'skipped' {
  if (children.some(isBad)) return 'failed';
  // GoogleTest says `notrun` of what is disabled.
  return children.some(({ name }) => name === 'skipped') || attributes['status'] === 'notrun' ? 'skipped' : 'passed';
}

function numberOf(attributes: Attributes, name: string): number {
  const text = attributes[name] ?? '0';
  if (!/^\d{1,9}$/.test(text)) throw unreadable(`${name}=${JSON.stringify(text.slice(0, 40))} is no number`);
  return Number(text);
}

function timeOf(text: string | undefined): number | null {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return null;
  const ms = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(ms) ? null : ms;
}

function unreadable(why: string, cause?: unknown): GantryError {
  return new GantryError('invalid-evidence', `This JUnit report proves nothing: ${why}.`, { cause });
}
