import { outcomeOf, type TestedCase, type Word, wordOf } from '../../../domain/evidence/outcome-in-report.ts';
import { lengthOf } from './times.ts';
import { type Element, within } from './xml.ts';

const failing = new Set(['failure', 'error']);
const rerun = new Set(['rerunfailure', 'rerunerror']);
/** An attempt that failed, of a test that passed in the end. */
const madeGood = new Set(['flakyfailure', 'flakyerror']);
const skipping = new Set(['skipped', 'skip', 'ignored', 'disabled', 'notrun', 'pending']);
/** Elements without a result. */
const neutral = new Set(
  ['properties', 'property', 'system-out', 'system-err', 'output', 'attachments', 'traits', 'tags', 'labels'].concat([
    'links',
    'description',
    'metadata',
    'success',
    'passed',
  ]),
);

export function isCase({ name }: Element): boolean {
  return name === 'testcase';
}

export function isSuite({ name }: Element): boolean {
  return name === 'testsuite' || name === 'testsuites';
}

/** Whether an element reports a failure, of any attempt. */
export function isFailure({ name }: Element): boolean {
  return failing.has(name) || rerun.has(name) || madeGood.has(name);
}

/** Whether an element has no result: neither it nor anything in it. */
export function hasNoResult(element: Element): boolean {
  return neutral.has(element.name) && !within(element).some((one) => isCase(one) || isSuite(one) || isFailure(one));
}

/** The results in attributes of a test or suite, such as `status` and `result`. */
export function wordsOf(attributes: Element['attributes']): readonly Word[] {
  const has = (name: string, values: RegExp) => values.test(attributes[name]?.trim() ?? '');
  return [
    ...['status', 'result', 'outcome', 'state'].map((name) => wordOf(attributes[name] ?? '')),
    ...(['success', 'successful', 'passed'].some((name) => has(name, /^(false|no|0)$/i)) ? ['failed' as const] : []),
    ...(has('executed', /^(false|no|0)$/i) ? ['skipped' as const] : []),
    ...(['skipped', 'disabled', 'ignored'].some((name) => has(name, /^(true|yes)$/i)) ? ['skipped' as const] : []),
  ];
}

/** A test case by its attributes and elements. An unknown element makes it fail, and is named. */
export function caseOf({ attributes, children }: Element): TestedCase {
  // Tests within a test are tests of their own.
  const own = children.filter((child) => !isCase(child) && !isSuite(child));
  const inside = own.map((child): Word => {
    if (madeGood.has(child.name) || hasNoResult(child)) return 'passed';
    if (skipping.has(child.name)) return child.attributes['type']?.toLowerCase() === 'todo' ? 'todo' : 'skipped';
    return 'failed';
  });
  const failures = ['failures', 'errors'].some((name) => /[1-9]/.test(attributes[name] ?? ''));
  const words = [...wordsOf(attributes), ...inside, ...(failures || attributes['failure'] ? ['failed' as const] : [])];
  const flaky = own.filter(({ name }) => madeGood.has(name)).length;
  const unknown = own.find((child) => !isFailure(child) && !skipping.has(child.name) && !neutral.has(child.name));
  const title = [attributes['classname'], attributes['name']].filter((part) => part).join(' › ');
  return {
    name: `${title || 'a test without a name'}${unknown ? `: <${unknown.name}> is not understood` : ''}`,
    outcome: outcomeOf(words, flaky),
    attempts: 1 + flaky + own.filter(({ name }) => rerun.has(name)).length,
    tookNoTime: lengthOf(attributes['time']) === 0,
  };
}
