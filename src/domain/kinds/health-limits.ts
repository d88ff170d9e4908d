import { formatDuration } from '../base/duration.ts';
import type { HealthSampling, Limits, Pace, SampleWindow } from './adapter.ts';

/** Failures are counted over the last so many samples where a check does not say otherwise. */
const usualSize = 20;

/**
 * How a health check is evaluated by default: over the last 20 samples, or twice as many as may fail where that
 * is more. One with a pace of its own is evaluated by its own window, and an error of it is a failure.
 */
export function usualHealth({ failureLimit }: Limits, pace?: Pace): HealthSampling {
  const size = pace?.windowSize ?? Math.max(usualSize, 2 * (failureLimit + 1));
  return { window: { kind: 'samples', size }, atStart: 'must-pass', errors: pace ? 'as-failures' : 'by-limit' };
}

/** So many errors within a window are too many, be there measurements between them. */
export function errorLimitOf({ failureLimit, consecutiveErrorLimit }: Limits): number {
  return failureLimit + consecutiveErrorLimit;
}

/** A health check's threshold in words: `≤ 3 of the last 20 samples failed, ≤ 4 errors in a row`. */
export function describeHealthLimits(limits: Limits, { window, errors, atStart }: HealthSampling): string {
  const { failureLimit, consecutiveErrorLimit } = limits;
  const over = describeWindow(window);
  const failed =
    window.kind === 'samples' ? `≤ ${failureLimit} ${over} failed` : `≤ ${failureLimit} samples failed ${over}`;
  return [
    failed,
    ...(errors === 'by-limit' ? [`≤ ${consecutiveErrorLimit} errors in a row, ≤ ${errorLimitOf(limits)} ${over}`] : []),
    ...(atStart === 'may-fail' ? ['from its first good sample on'] : []),
  ].join(', ');
}

function describeWindow(window: SampleWindow): string {
  return window.kind === 'samples' ? `of the last ${window.size} samples` : `within ${formatDuration(window.ms)}`;
}
