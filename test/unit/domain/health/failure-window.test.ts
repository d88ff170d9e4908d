import { describe, expect, it } from 'vitest';
import { breachOfWindow, type FailureWindow, windowAfter } from '../../../../src/domain/health/failure-window.ts';
import type { HealthSampling, SampleWindow, Sampling, Verdict } from '../../../../src/domain/kinds/adapter.ts';

const begin = Date.parse('2026-11-30T10:00:00.000Z');
const empty: FailureWindow = { failures: '', errors: '', worstWindowFailed: 0 };

/** What a window has come to after samples a second apart, with a limit of failures, and one of 2 errors in a row. */
function after(
  verdicts: readonly Verdict[],
  window: SampleWindow,
  errors: HealthSampling['errors'] = 'by-limit',
  failureLimit = 3,
): { readonly breach: Verdict | null; readonly worst: number; readonly seen: FailureWindow } {
  const sampling = { failureLimit, consecutiveErrorLimit: 2 } as Sampling;
  let seen = empty;
  let inRow = 0;
  for (const [i, verdict] of verdicts.entries()) {
    const endedAt = new Date(begin + i * 1_000).toISOString();
    seen = windowAfter(seen, { verdict, endedAt }, i + 1, { sampling }, { window, errors });
    inRow = verdict === 'error' || verdict === 'inconclusive' ? inRow + 1 : 0;
  }
  const last = verdicts.at(-1) ?? 'passed';
  const breach = breachOfWindow(seen, { sampling }, { errors }, { last, consecutiveErrors: inRow });
  return { breach, worst: seen.worstWindowFailed, seen };
}

const times = (count: number, verdict: Verdict): readonly Verdict[] => Array.from({ length: count }, () => verdict);
const oneInThree = Array.from({ length: 60 }, (_, i): Verdict => (i % 3 === 0 ? 'failed' : 'passed'));

describe.each([
  ['of ten samples', { kind: 'samples', size: 10 }],
  ['of ten seconds', { kind: 'time', ms: 10_000 }],
] as const)('a window %s', (_, window) => {
  it('is bad with more failures in it than the limit, and with as many not yet', () => {
    expect(after(times(3, 'failed'), window).breach).toBeNull();
    expect(after(times(4, 'failed'), window)).toMatchObject({ breach: 'failed', worst: 4 });
  });

  it('forgets what has left it: the whole run does not count', () => {
    expect(after([...times(3, 'failed'), ...times(9, 'passed'), ...times(3, 'failed')], window)).toMatchObject({
      breach: null,
      worst: 3,
    });
    expect(after(['failed', ...times(7, 'passed'), ...times(3, 'failed')], window).breach).toBeNull();
    expect(after(['failed', ...times(6, 'passed'), ...times(3, 'failed')], window).breach).toBe('failed');
    // One bad sample more in the same ten is too many, after however many good ones.
    expect(
      after([...times(500, 'passed'), ...times(3, 'failed'), ...times(6, 'passed'), 'failed'], window).breach,
    ).toBe('failed');
  });

  it('is bad where failures come evenly and are too many for it', () => {
    expect(after(oneInThree.slice(0, 9), window).breach).toBeNull();
    expect(after(oneInThree.slice(0, 10), window).breach).toBe('failed');
  });

  it('takes what could not be measured for errors in a row, or for failures where its kind says so', () => {
    expect(after(times(2, 'error'), window).breach).toBeNull();
    expect(after(times(3, 'error'), window).breach).toBe('error');
    expect(after(times(3, 'inconclusive'), window).breach).toBe('inconclusive');
    // Never three in a row, and more than five in all.
    const scattered = ['error', 'error', 'passed', 'error', 'error', 'passed', 'error', 'passed'] as const;
    expect(after(scattered, window).breach).toBeNull();
    expect(after([...scattered, 'error'], window).breach).toBe('error');
    const unclear = scattered.map((one): Verdict => (one === 'error' ? 'inconclusive' : one));
    expect(after([...unclear, 'inconclusive'], window).breach).toBe('inconclusive');
    expect(after(times(3, 'error'), window, 'as-failures').breach).toBeNull();
    expect(after(times(4, 'error'), window, 'as-failures')).toMatchObject({ breach: 'failed', seen: { errors: '' } });
  });
});

describe('a long window', () => {
  const window = { kind: 'samples', size: 1_000 } as const;

  it('keeps a hundred bad samples, or one more than its limit', () => {
    expect(after(times(300, 'failed'), window)).toMatchObject({ breach: 'failed', worst: 100 });
    expect(after(times(200, 'failed'), window, 'by-limit', 200)).toMatchObject({ breach: null, worst: 200 });
    expect(after(times(300, 'failed'), window, 'by-limit', 200)).toMatchObject({ breach: 'failed', worst: 201 });
  });

  it('is bad with its first failure where none is allowed, and not before', () => {
    expect(after(times(5, 'passed'), window, 'by-limit', 0).breach).toBeNull();
    expect(after([...times(5, 'passed'), 'failed'], window, 'by-limit', 0).breach).toBe('failed');
  });
});
