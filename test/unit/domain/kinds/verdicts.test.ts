import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../../../src/domain/kinds/adapter.ts';
import { breachOf, emptyTally, hasPassed, verdictOf, withSample } from '../../../../src/domain/kinds/verdicts.ts';

const sampleOf = { p: 'passed', f: 'failed', e: 'error', i: 'inconclusive' } as const satisfies Record<
  string,
  Measurement['verdict']
>;
/** Samples as letters: `p` passed, `f` failed, `e` error, `i` inconclusive. */
const tallyOf = (samples: string) =>
  samples.split('').reduce((tally, letter) => withSample(tally, sampleOf[letter as keyof typeof sampleOf]), emptyTally);
const strict = { failureLimit: 0, consecutiveErrorLimit: 4, consecutiveSuccessLimit: 0 };

describe('a tally', () => {
  it('counts samples, and rows that are not broken', () => {
    expect(tallyOf('ppfeep')).toEqual({
      samples: 6,
      successes: 3,
      failures: 1,
      errors: 2,
      inconclusive: 0,
      consecutiveErrors: 0,
      consecutiveSuccesses: 1,
    });
    expect(tallyOf('pee')).toMatchObject({ consecutiveErrors: 2, consecutiveSuccesses: 0 });
    expect(tallyOf('piei')).toMatchObject({
      inconclusive: 2,
      errors: 1,
      consecutiveErrors: 3,
      consecutiveSuccesses: 0,
    });
  });

  it('leaves the one before as it was', () => {
    withSample(emptyTally, 'failed');
    expect(emptyTally.samples).toBe(0);
  });
});

describe('a breach', () => {
  it.each([
    ['', {}, null],
    ['p', {}, null],
    ['f', {}, 'failed'],
    ['ff', { failureLimit: 2 }, null],
    ['fpfpf', { failureLimit: 2 }, 'failed'],
    ['eeee', {}, null],
    ['eeeee', {}, 'error'],
    ['eeeepe', {}, null],
    ['eeeefe', { failureLimit: 1 }, null],
    ['e', { consecutiveErrorLimit: 0 }, 'error'],
    ['fee', { consecutiveErrorLimit: 1 }, 'failed'],
    ['iiii', {}, null],
    ['iiiii', {}, 'inconclusive'],
    ['ieiei', {}, 'error'],
    ['iiiipi', {}, null],
  ] as const)('of %j with %j is %s', (samples, limits, breach) => {
    expect(breachOf(tallyOf(samples), { ...strict, ...limits })).toBe(breach);
  });
});

describe('the verdict of a run', () => {
  it.each([
    ['nothing was sampled', '', {}, 'inconclusive'],
    ['one was good', 'p', {}, 'passed'],
    ['one was bad', 'f', {}, 'failed'],
    ['some were bad, within the limit', 'fpf', { failureLimit: 2 }, 'passed'],
    ['too many were bad', 'fpff', { failureLimit: 2 }, 'failed'],
    ['nothing was good, though the limit allows it', 'ff', { failureLimit: 5 }, 'inconclusive'],
    ['nothing was good, errors among it', 'fe', { failureLimit: 5 }, 'inconclusive'],
    ['nothing was measured', 'e', {}, 'error'],
    ['errors stood between', 'epe', {}, 'passed'],
    ['nothing told enough', 'i', {}, 'inconclusive'],
    ['nothing told enough or could be measured', 'ie', {}, 'inconclusive'],
    ['too much in a row did not tell enough', 'piii', { consecutiveErrorLimit: 2 }, 'inconclusive'],
    ['too many errors came in a row', 'peee', { consecutiveErrorLimit: 2 }, 'error'],
    ['failures and errors are too many: the failures are known', 'feeeee', {}, 'failed'],
    ['too few good ones follow each other', 'ppfp', { failureLimit: 1, consecutiveSuccessLimit: 2 }, 'inconclusive'],
    ['enough good ones follow each other', 'pfpp', { failureLimit: 1, consecutiveSuccessLimit: 2 }, 'passed'],
  ] as const)('when %s', (_when, samples, limits, verdict) => {
    expect(verdictOf(tallyOf(samples), { ...strict, ...limits })).toBe(verdict);
  });

  it('is never passed without a good sample', () => {
    const all = ['', 'f', 'e', 'ff', 'fe', 'ef', 'ee', 'fff', 'eee', 'fef', 'efe', 'i', 'ii', 'fi', 'ie'];
    const lax = { failureLimit: 1000, consecutiveErrorLimit: 1000, consecutiveSuccessLimit: 0 };
    for (const samples of all) expect(verdictOf(tallyOf(samples), lax)).not.toBe('passed');
  });
});

describe('a check that is tried until it passes', () => {
  it.each([
    ['', 0, false],
    ['f', 0, false],
    ['fep', 0, true],
    ['pf', 0, false],
    ['pp', 3, false],
    ['ppfppp', 3, true],
    ['ppep', 3, false],
  ])('has passed after %j, %i in a row wanted: %s', (samples, consecutiveSuccessLimit, expected) => {
    expect(hasPassed(tallyOf(samples), { consecutiveSuccessLimit })).toBe(expected);
  });
});
