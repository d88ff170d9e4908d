import { describe, expect, it } from 'vitest';
import { speakAgainst, sumOf } from '../../../../src/domain/evidence/stated-counts.ts';

describe('what a statement counts', () => {
  it.each([
    ['a failure, whatever else is counted', { counts: { failed: 1 } }],
    ['fewer tests than it names', { counts: { tests: 1 }, passedTests: ['a'], warnedTests: ['b'] }],
    ['fewer that passed than it names', { counts: { passed: 1 }, passedTests: ['a', 'b'] }],
  ])('speaks against a pass where it has %s', (_, stated) => {
    expect(speakAgainst(stated)).toBe(true);
  });

  it.each([
    ['as many tests as it names', { counts: { tests: 2 }, passedTests: ['a'], warnedTests: ['b'] }],
    ['as many that passed as it names', { counts: { passed: 1 }, passedTests: ['a'] }],
    ['as many flaky tests as others', { counts: { passed: 1, flaky: 1 } }],
  ])('speaks against nothing where it has %s', (_, stated) => {
    expect(speakAgainst(stated)).toBe(false);
  });

  it('adds up by name, of those who count it', () => {
    expect(sumOf([{ tests: 1, passed: 1 }, { tests: 2 }])).toEqual({ tests: 3, passed: 1 });
    expect(sumOf([])).toEqual({});
  });
});
