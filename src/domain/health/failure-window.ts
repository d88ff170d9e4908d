import type { HealthSummary } from '../journal/values.ts';
import type { HealthSampling, Measurement, PlannedCheck, SampleWindow, Verdict } from '../kinds/adapter.ts';
import { errorLimitOf } from '../kinds/health-limits.ts';

// Each health check counts its failures in its own window, of so many samples or of a time, never over the whole run.

/** The bad samples of a window, as marks. */
export interface FailureWindow extends Pick<HealthSummary, 'worstWindowFailed'> {
  /** What counts as failed. */
  readonly failures: string;
  /** Samples that could not be measured or were inconclusive. */
  readonly errors: string;
}

/** How many bad samples of a window are kept at least; beyond its limit a check is bad anyway. */
const marksKept = 100;

/** The window after sample `number` of the run: what counts as failed in it, and what could not be measured. */
export function windowAfter(
  before: FailureWindow,
  { verdict, endedAt }: Pick<Measurement, 'verdict' | 'endedAt'>,
  number: number,
  { sampling }: Pick<PlannedCheck, 'sampling'>,
  { window, errors }: Pick<HealthSampling, 'window' | 'errors'>,
): FailureWindow {
  const place = window.kind === 'samples' ? number : Date.parse(endedAt);
  // An inconclusive sample was not measured as good either.
  const isUnmeasured = verdict === 'error' || verdict === 'inconclusive';
  const isFailed = verdict === 'failed' || (isUnmeasured && errors === 'as-failures');
  const isError = isUnmeasured && errors === 'by-limit';
  const max = (limit: number) => Math.max(limit + 1, marksKept);
  const failures = withPlace(before.failures, window, place, isFailed, max(sampling.failureLimit));
  return {
    failures,
    errors: withPlace(before.errors, window, place, isError, max(errorLimitOf(sampling))),
    worstWindowFailed: Math.max(before.worstWindowFailed, marksIn(failures)),
  };
}

/**
 * Whether too many samples of the window are bad, or too many in a row could not be measured; null: neither. What the whole
 * run has had of failures does not count.
 */
export function breachOfWindow(
  { failures, errors }: FailureWindow,
  { sampling }: Pick<PlannedCheck, 'sampling'>,
  health: Pick<HealthSampling, 'errors'>,
  { last, consecutiveErrors }: { readonly last: Verdict; readonly consecutiveErrors: number },
): Exclude<Verdict, 'passed'> | null {
  if (marksIn(failures) > sampling.failureLimit) return 'failed';
  if (health.errors === 'as-failures') return null;
  const isTooMany = marksIn(errors) > errorLimitOf(sampling);
  if (!isTooMany && consecutiveErrors <= sampling.consecutiveErrorLimit) return null;
  return last === 'inconclusive' ? 'inconclusive' : 'error';
}

// Marks are bad samples of a window by their places: the number of the sample, or its time in milliseconds. As text they are
// short (base 36, the first one whole, each other one by its distance), since they travel with every heartbeat.

function read(marks: string): readonly number[] {
  let place = 0;
  if (marks === '') return [];
  return marks.split(',').map((text) => {
    place += Number.parseInt(text, 36);
    return place;
  });
}

const write = (places: readonly number[]) =>
  places.map((place, i) => (place - (places[i - 1] ?? 0)).toString(36)).join(',');

/** How many of a window's samples are bad. */
export function marksIn(marks: string): number {
  return marks === '' ? 0 : marks.split(',').length;
}

/** The marks after one more sample at `place`: those that have left the window are gone, and only the last `max` are kept. */
export function withPlace(marks: string, window: SampleWindow, place: number, isBad: boolean, max: number): string {
  const from = place - (window.kind === 'samples' ? window.size : window.ms);
  const kept = read(marks).filter((one) => one > from);
  return write((isBad ? [...kept, place] : kept).slice(-max));
}
