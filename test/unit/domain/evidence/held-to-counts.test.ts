import { describe, expect, it } from 'vitest';
import { heldToCounts, type Listed } from '../../../../src/domain/evidence/held-to-counts.ts';
import { leftOut, type Outcome, type TestedCase } from '../../../../src/domain/evidence/outcome-in-report.ts';
import { provesSomething } from '../../../../src/domain/evidence/run-of-reports.ts';

const test = (name: string, outcome: Outcome, tookNoTime = false): TestedCase => ({
  name,
  outcome,
  attempts: 1,
  tookNoTime,
});

const held = (tests: number, ...cases: TestedCase[]) => {
  const listed: Listed = { cases, failures: 1, direct: cases.length, countsMore: false };
  const { cases: found, contradictions } = heldToCounts('suite', { tests, failed: 0, notRun: 0 }, listed);
  return { found: found.map(({ name, outcome }) => `${name} ${outcome}`), contradictions };
};

describe('fewer tests than are listed', () => {
  it('are as many as ran: those that did not stay as they are', () => {
    expect(held(1, test('a', 'passed'), test('a', 'skipped'))).toEqual({
      found: ['a passed', 'a skipped'],
      contradictions: [],
    });
  });

  it('leave out no more of those that took no time than are not counted, and none that did not run', () => {
    const [a, b] = [test('a', 'passed', true), test('b', 'passed', true)];
    expect(held(1, a, b, test('c', 'skipped', true))).toEqual({
      found: ['a todo', 'b passed', 'c skipped'],
      contradictions: [],
    });
  });

  it('never leave out one that failed', () => {
    expect(held(1, test('a', 'failed', true), test('b', 'passed', true))).toEqual({
      found: ['a failed', 'b todo'],
      contradictions: [],
    });
  });

  it('are one test for each name: skipped where each attempt was, and flaky where one passed', () => {
    const [skipped, passed] = [test('a', 'skipped'), test('b', 'passed')];
    expect(held(2, skipped, skipped, passed, passed, passed).found).toEqual(['a skipped', 'b flaky']);
    expect(held(2, skipped, test('a', 'passed'), passed, passed).found).toEqual(['a flaky', 'b flaky']);
  });
});

it('a test that failed has failed, even where the counts have none run', () => {
  expect(leftOut(test('a', 'failed')).outcome).toBe('failed');
  expect(leftOut(test('a', 'passed')).outcome).toBe('skipped');
});

it('reports prove something as soon as one of them does', () => {
  const report = (...cases: TestedCase[]) => ({ cases, contradictions: [] });
  expect(provesSomething([report(), report(test('a', 'passed'))])).toBe(true);
  expect(provesSomething([report(), report(test('a', 'skipped'))])).toBe(false);
});
